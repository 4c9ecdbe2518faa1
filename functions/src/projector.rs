//! Keeps every read model current, from the stream. Depends on no order of delivery: a row knows the
//! number of its last commit, a duplicate is dropped, and a gap is filled from the event store.

mod park;
mod project;
mod pulses;
mod retry;
mod tally;

use aws_lambda_events::{dynamodb::Event, streams::DynamoDbEventResponse};
use event_store::{DynamoEventStore, StreamId};
use futures_util::FutureExt as _;
use infra_aws::{
    clock::Clock,
    logs::chain,
    views::{Models, ViewStore},
};

use tracing::Instrument as _;

use crate::{
    read_models, spans,
    stream::{self, Batch, Group},
};

pub(crate) use park::{EVERY_READ_MODEL, obstacle, unreadable};
pub(crate) use project::ProjectError;
pub(crate) use retry::{Outcome, Retried};
pub(crate) use tally::Tally;

/// The function.
#[derive(Clone, Debug)]
pub struct Projector {
    pub(crate) events: DynamoEventStore,
    pub(crate) views: ViewStore,
    pub(crate) clock: Clock,
}

impl Projector {
    #[must_use]
    pub fn new(events: DynamoEventStore, views: ViewStore, clock: Clock) -> Self {
        Self { events, views, clock }
    }

    /// Folds a batch into all read models: one write per aggregate and generation of a read model.
    pub async fn handle(&self, event: Event) -> DynamoDbEventResponse {
        let (began, mut tally) = (self.clock.now(), Tally::default());
        tally.records = event.records.len();
        let failed = self.project_batch(event, &mut tally).boxed().await;
        self.tell(tally, failed.len(), began);
        spans::flush().await;
        stream::response(failed)
    }

    /// Answers where the batch has to be delivered from again.
    async fn project_batch(&self, event: Event, tally: &mut Tally) -> Vec<String> {
        let pulses = stream::pulses(&event);
        let Batch { groups, strays } = stream::by_aggregate(stream::commits(event));
        let mut failed = Vec::new();
        for (sequence_number, item) in strays {
            match self.park_item(&item).await {
                Ok(()) => tally.parked += 1,
                Err(error) => {
                    tracing::warn!(error = chain(&error), "the batch is delivered again from here");
                    failed.push(sequence_number);
                }
            }
        }
        let models = match self.views.models().await {
            Ok(models) => models,
            Err(error) => {
                tracing::warn!(error = chain(&error), "the batch is delivered again");
                failed.extend(groups.into_values().map(|group| group.first));
                return failed;
            }
        };
        for (stream, group) in groups {
            let span = tally::span(&stream, &group);
            let projecting = self.project_into_all(&stream, &group, &models, tally);
            if projecting.instrument(span).await.is_err() {
                failed.push(group.first);
            }
        }
        if failed.is_empty() {
            self.note_pulses(pulses).await;
        }
        failed
    }

    async fn project_into_all(
        &self,
        stream: &StreamId,
        group: &Group,
        models: &Models,
        tally: &mut Tally,
    ) -> Result<(), ProjectError> {
        let written = tally.rows();
        tally.met(group);
        let mut outcome = Ok(());
        let mut folded = false;
        for model in read_models::of(stream.kind()) {
            // One that fails keeps none of the others waiting.
            let projected = model.project(self, stream, group, models.of(model.name()), tally).await;
            (outcome, folded) = (outcome.and(projected), true);
        }
        if !folded {
            for item in &group.unreadable {
                outcome = outcome.and(self.park_item(item).await);
                tally.parked += 1;
            }
        }
        match &outcome {
            Ok(()) => self.tell_of_group(group, tally.rows() - written),
            Err(error) => tracing::warn!(error = chain(error), "the batch is delivered again from here"),
        }
        outcome
    }
}
