//! Commits as a stream delivers them: at least once, in order per item only, several aggregates mixed.

use std::collections::{BTreeMap, HashMap};

use aws_lambda_events::{
    dynamodb::{Event, EventRecord},
    streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse},
};
use aws_sdk_dynamodb::types::AttributeValue;
use event_store::{Commit, CorruptCommit, Pulse, StreamId};

/// A record of the batch that holds a commit, or should.
#[derive(Debug)]
pub struct Delivered {
    /// Position in the stream's shard; what a failure is reported by.
    pub sequence_number: String,
    pub commit: Result<Commit, CorruptCommit>,
}

/// The commits of a batch. Claims and whatever else the table holds are left out; the event source
/// mapping filters them already, and nothing depends on it.
#[must_use]
pub fn commits(event: Event) -> Vec<Delivered> {
    event.records.into_iter().filter(|record| record.event_name == "INSERT").filter_map(delivered).collect()
}

/// The pulses of a batch, each in its newest form. They are written over and over: after the first time they are
/// delivered as changes.
#[must_use]
pub fn pulses(event: &Event) -> Vec<Pulse> {
    let mut newest: BTreeMap<u32, Pulse> = BTreeMap::new();
    for record in &event.records {
        let image: HashMap<String, AttributeValue> = record.change.new_image.clone().into();
        if let Some(pulse) = Pulse::from_item(&image) {
            let known = newest.entry(pulse.number).or_insert(pulse);
            known.at = known.at.max(pulse.at);
        }
    }
    newest.into_values().collect()
}

fn delivered(record: EventRecord) -> Option<Delivered> {
    let image: HashMap<String, AttributeValue> = record.change.new_image.into();
    if !Commit::is_commit(&image) {
        return None;
    }
    let sequence_number = record.change.sequence_number.unwrap_or_default();
    Some(Delivered { sequence_number, commit: Commit::from_item(&image) })
}

/// A batch, sorted.
#[derive(Debug, Default)]
pub struct Batch {
    pub groups: BTreeMap<StreamId, Group>,
    /// Items that cannot be read, under keys that no stream has, each with its sequence number.
    pub strays: Vec<(String, CorruptCommit)>,
}

/// What a batch has of one aggregate, and where it stood.
#[derive(Debug, Default)]
pub struct Group {
    /// In the order of their numbers.
    pub commits: Vec<Commit>,
    /// Those that this code cannot read.
    pub unreadable: Vec<CorruptCommit>,
    /// The lowest sequence number of all of them.
    pub first: String,
}

/// Sorts a batch by aggregate: one aggregate is folded and written once per batch.
#[must_use]
pub fn by_aggregate(delivered: impl IntoIterator<Item = Delivered>) -> Batch {
    let mut batch = Batch::default();
    for Delivered { sequence_number, commit } in delivered {
        match commit {
            Ok(commit) => batch.group(commit.stream.clone(), sequence_number).commits.push(commit),
            Err(corrupt) => match StreamId::parse(&corrupt.stream) {
                Ok(stream) => batch.group(stream, sequence_number).unreadable.push(corrupt),
                Err(_) => batch.strays.push((sequence_number, corrupt)),
            },
        }
    }
    batch.groups.values_mut().for_each(|group| group.commits.sort_by_key(|commit| commit.number));
    batch
}

impl Batch {
    fn group(&mut self, stream: StreamId, sequence_number: String) -> &mut Group {
        let group = self.groups.entry(stream).or_default();
        if group.first.is_empty() || is_lower(&sequence_number, &group.first) {
            group.first = sequence_number;
        }
        group
    }
}

/// Tells the stream from where on to deliver again: the lowest failed sequence number, or that all went
/// well. What comes again although it succeeded is a duplicate to whoever gets it.
#[must_use]
pub fn response(failed: impl IntoIterator<Item = String>) -> DynamoDbEventResponse {
    let lowest = failed.into_iter().reduce(|a, b| if is_lower(&b, &a) { b } else { a });
    let mut response = DynamoDbEventResponse::default();
    response.batch_item_failures.extend(lowest.map(|sequence_number| {
        let mut failure = DynamoDbBatchItemFailure::default();
        failure.item_identifier = Some(sequence_number);
        failure
    }));
    response
}

/// Sequence numbers are decimal numbers of up to 40 digits, without leading zeros.
fn is_lower(a: &str, b: &str) -> bool {
    (a.len(), a) < (b.len(), b)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lowest(failed: &[&str]) -> Option<String> {
        let response = response(failed.iter().map(ToString::to_string));
        assert!(response.batch_item_failures.len() <= 1);
        response.batch_item_failures.first().map(|failure| failure.item_identifier.clone().unwrap())
    }

    #[test]
    fn the_lowest_failure_is_reported_by_number_not_by_letter() {
        assert_eq!(lowest(&["100", "99", "1000"]).as_deref(), Some("99"));
    }

    #[test]
    fn no_failure_is_an_empty_list() {
        assert_eq!(lowest(&[]), None);
        let written = serde_json::to_string(&response([])).unwrap();
        assert_eq!(written, r#"{"batchItemFailures":[]}"#);
    }
}
