use std::{collections::HashMap, fmt};

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, Utc};
use cqrs_es::DomainEvent;
use uuid::Uuid;

use crate::{Metadata, StreamId, Upcasters, item};

/// Everything that one command recorded: one item of the table.
#[derive(Clone, PartialEq, Debug)]
pub struct Commit {
    /// Whose history it is a part of.
    pub stream: StreamId,
    /// 1, 2, 3 … without a hole.
    pub number: u64,
    /// The number of its first event within the stream; counts events, from 1.
    pub first_sequence: u64,
    /// When the command was carried out, to the millisecond.
    pub at: DateTime<Utc>,
    /// At least one.
    pub events: Vec<RecordedEvent>,
    /// Who caused it.
    pub metadata: Metadata,
    /// Names the command, see [`CommandContext::command_id`](crate::CommandContext::command_id).
    pub command_id: String,
    /// The hash of the command that came with it.
    pub fingerprint: [u8; 32],
    /// Tells this write from every other, so that a repeated request can recognise its own success.
    pub id: Uuid,
}

/// One event as it is stored.
#[derive(Clone, PartialEq)]
pub struct RecordedEvent {
    /// [`DomainEvent::event_type`], such as `account.opened`.
    pub event_type: String,
    /// [`DomainEvent::event_version`], such as `1`.
    pub event_version: String,
    /// What serde makes of the event.
    pub payload: serde_json::Value,
}

impl Commit {
    /// Reads an item of the table or of its stream; a record of the stream, as a function gets it, has to be
    /// brought into this form first (`serde_dynamo` does).
    ///
    /// # Errors
    /// [`CorruptCommit`] when an attribute is missing or malformed.
    pub fn from_item(item: &HashMap<String, AttributeValue>) -> Result<Self, CorruptCommit> {
        item::read(item)
    }

    /// Whether an item of the table or of its stream is a commit; claims and rosters are not.
    #[must_use]
    pub fn is_commit(item: &HashMap<String, AttributeValue>) -> bool {
        matches!(item.get(item::KIND), Some(AttributeValue::S(kind)) if kind == item::COMMIT)
    }

    /// The number of its last event within the stream.
    #[must_use]
    pub fn last_sequence(&self) -> u64 {
        self.first_sequence + self.events.len() as u64 - 1
    }

    /// The events as the program knows them today, in order.
    ///
    /// # Errors
    /// [`CorruptCommit`] when a stored event, upcast, is not one that `E` knows in just that version.
    pub fn decode<E: DomainEvent>(&self, upcasters: &Upcasters) -> Result<Vec<E>, CorruptCommit> {
        upcasters.decode(&self.events).map_err(|reason| self.corrupt(reason))
    }

    pub(crate) fn corrupt(&self, reason: impl Into<String>) -> CorruptCommit {
        CorruptCommit::new(&self.stream, self.number, reason)
    }
}

impl RecordedEvent {
    /// The event in the form in which it is stored.
    ///
    /// # Errors
    /// serde's, when the event has no JSON form.
    pub fn of(event: &impl DomainEvent) -> Result<Self, serde_json::Error> {
        Ok(Self {
            event_type: event.event_type(),
            event_version: event.event_version(),
            payload: serde_json::to_value(event)?,
        })
    }

    /// `{event type}@{event version}`, readable in the table without the payload.
    pub(crate) fn tag(&self) -> String {
        format!("{}@{}", self.event_type, self.event_version)
    }
}

impl fmt::Debug for RecordedEvent {
    /// Leaves the payload out: it may be personal, and debug output ends in logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RecordedEvent").field(&self.tag()).finish()
    }
}

/// A stored commit that cannot be what the store wrote, or not what this program understands.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("commit {commit} of {stream} cannot be read: {reason}")]
pub struct CorruptCommit {
    /// The partition key; empty when it could not be read.
    pub stream: String,
    /// The commit number; 0 when it could not be read.
    pub commit: u64,
    /// Names attributes and event types, never what is in them.
    pub reason: String,
}

impl CorruptCommit {
    pub(crate) fn new(stream: &StreamId, commit: u64, reason: impl Into<String>) -> Self {
        Self { stream: stream.to_string(), commit, reason: reason.into() }
    }
}
