//! The projector, handed batches as the event source mapping would.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use aws_lambda_events::dynamodb::{Event, EventRecord};
use aws_sdk_dynamodb::error::BoxError;
use event_store::DynamoEventStore;
use functions::projector::Projector;
use infra_aws::{clock::Clock, views::ViewStore};
use infra_local::stack::EVENTS_TABLE;

use crate::{
    arrivals::{Item, arrivals},
    requests::Requests,
    server::Server,
};

const VIEWS_TABLE: &str = "views-of-the-projector";
/// Records of a batch, as in the template.
const BATCH: usize = 100;
/// Commits that are enough to know the rate.
const MOST: usize = 20_000;

/// What projecting into all read models came to.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Projected {
    pub(crate) commits: usize,
    pub(crate) batches: usize,
    /// Aggregates of the batches: one that is in two of them counts twice.
    pub(crate) aggregates: usize,
    pub(crate) rows: u64,
    pub(crate) reads: u64,
    pub(crate) took: Duration,
}

/// Projects the first commits of the table into an empty table of views.
pub(crate) async fn project(server: &Server) -> Result<Projected, BoxError> {
    server.empty_views(VIEWS_TABLE).await?;
    let (requests, clock) = (Requests::default(), Clock::system());
    let client = server.observed_client(requests.clone());
    let views = ViewStore::new(client.clone(), VIEWS_TABLE, clock.clone());
    let projector = Projector::new(DynamoEventStore::new(client, EVENTS_TABLE), views, clock);
    let mut projected = Projected::default();
    for (number, batch) in arrivals(&server.client(), MOST).await?.chunks(BATCH).enumerate() {
        let streams: HashSet<_> = batch.iter().filter_map(|item| item["pk"].as_s().ok()).collect();
        projected.batches += 1;
        projected.commits += batch.len();
        projected.aggregates += streams.len();
        let event = event(number, batch);
        let started = Instant::now();
        let response = projector.handle(event).await;
        projected.took += started.elapsed();
        if !response.batch_item_failures.is_empty() {
            return Err(format!("batch {number} failed").into());
        }
    }
    Ok(Projected { rows: requests.rows(), reads: requests.reads(), ..projected })
}

fn event(number: usize, batch: &[Item]) -> Event {
    let mut event = Event::default();
    event.records = (number * BATCH..).zip(batch).map(|(place, item)| record(place, item)).collect();
    event
}

fn record(place: usize, item: &Item) -> EventRecord {
    let mut record = EventRecord::default();
    record.event_name = "INSERT".into();
    record.event_source = Some("aws:dynamodb".into());
    record.change.new_image = item.clone().into();
    record.change.sequence_number = Some((place + 1).to_string());
    record
}
