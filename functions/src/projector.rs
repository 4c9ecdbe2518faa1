//! Keeps every read model current, from the stream. Depends on no order of delivery: a row knows the
//! number of its last commit, a duplicate is dropped, and a gap is filled from the event store.

mod park;
mod project;

use aws_lambda_events::{dynamodb::Event, streams::DynamoDbEventResponse};
use event_store::{DynamoEventStore, StreamId};
use infra_aws::{clock::Clock, logs::chain, views::ViewStore};
use projections::{ProvisioningStatus, RoleDirectory, TenantSettings, UserDirectory};

use crate::stream::{self, Delivered, Group};

use project::ProjectError;

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

    /// Folds a batch into all read models: one write per aggregate and read model.
    pub async fn handle(&self, event: Event) -> DynamoDbEventResponse {
        let (mut readable, mut failed) = (Vec::new(), Vec::new());
        for Delivered { sequence_number, commit } in stream::commits(event) {
            match commit {
                Ok(commit) => readable.push((sequence_number, commit)),
                Err(undecodable) => {
                    if let Err(error) = self.park_item(&undecodable).await {
                        tracing::error!(
                            error = chain(&error),
                            stream = undecodable.stream,
                            "an unreadable commit could not be parked"
                        );
                        failed.push(sequence_number);
                    }
                }
            }
        }
        for (stream, group) in stream::by_aggregate(readable) {
            if let Err(error) = self.project_into_all(&stream, &group).await {
                tracing::warn!(%stream, error = chain(&error), "the batch is delivered again from here");
                failed.push(group.first);
            }
        }
        stream::response(failed)
    }

    /// The registry: one line for each read model.
    async fn project_into_all(&self, stream: &StreamId, group: &Group) -> Result<(), ProjectError> {
        let all = [
            self.project::<UserDirectory>(stream, group).await,
            self.project::<ProvisioningStatus>(stream, group).await,
            self.project::<RoleDirectory>(stream, group).await,
            self.project::<TenantSettings>(stream, group).await,
        ];
        // One that fails keeps none of the others waiting.
        all.into_iter().collect()
    }
}
