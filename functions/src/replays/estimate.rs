use std::collections::BTreeSet;

use event_store::{DynamoEventStore, Segment, StoreError, StreamId};
use serde::Serialize;
use utoipa::ToSchema;

/// US dollars for a million request units on demand, in us-east-1, in November 2026. Other regions differ.
const DOLLARS_PER_MILLION_READS: f64 = 0.125;
const DOLLARS_PER_MILLION_WRITES: f64 = 0.625;
/// Of a strongly consistent read.
const BYTES_PER_READ_UNIT: f64 = 4096.0;

/// What a replay would read and write, and what that would cost. Estimated: the size of the table as DynamoDB last
/// counted it, and the number of rows from a page of it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Estimate {
    pub projection: String,
    /// The generation that would be built.
    pub generation: u32,
    /// Items in the table of events: commits, claims and rosters.
    pub items: u64,
    pub bytes: u64,
    /// Rows to be written.
    pub rows: u64,
    pub read_units: u64,
    pub write_units: u64,
    pub dollars: f64,
}

/// What a page of the table says about the whole.
struct Sample {
    items: u64,
    streams: u64,
}

impl Estimate {
    pub(super) async fn of(
        events: &DynamoEventStore,
        (projection, source): (&str, &str),
        generation: u32,
    ) -> Result<Self, StoreError> {
        let size = events.table_size().await?;
        let sample = Sample::of(events, source).await?;
        let rows = scaled(sample.streams, size.items, sample.items);
        // Building and verifying both read everything; verifying reads the rows of both generations, too.
        let read_units = 2 * units(size.bytes) + 2 * rows;
        let write_units = rows;
        let dollars =
            cost(read_units, DOLLARS_PER_MILLION_READS) + cost(write_units, DOLLARS_PER_MILLION_WRITES);
        let (items, bytes) = (size.items, size.bytes);
        let projection = projection.into();
        Ok(Self { projection, generation, items, bytes, rows, read_units, write_units, dollars })
    }
}

impl Sample {
    async fn of(events: &DynamoEventStore, source: &str) -> Result<Self, StoreError> {
        let page = events.scan_page(Segment::WHOLE, None, None).await?;
        let commits = page.commits.into_iter().flatten();
        let streams: BTreeSet<StreamId> =
            commits.map(|commit| commit.stream).filter(|stream| stream.kind() == source).collect();
        Ok(Self { items: page.items as u64, streams: streams.len() as u64 })
    }
}

fn scaled(part: u64, whole: u64, sampled: u64) -> u64 {
    (part * whole.max(sampled)).checked_div(sampled).unwrap_or_default()
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an estimate of sizes far below the limits of the types"
)]
fn units(bytes: u64) -> u64 {
    (bytes as f64 / BYTES_PER_READ_UNIT).ceil() as u64
}

#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn cost(units: u64, dollars_per_million: f64) -> f64 {
    units as f64 / 1e6 * dollars_per_million
}
