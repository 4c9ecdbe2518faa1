use std::{collections::HashMap, fmt};

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, Utc};
use cqrs_es::DomainEvent;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::{Metadata, StreamId, item};

/// Everything that one command recorded: one item of the table.
#[derive(Clone, PartialEq, Debug)]
pub struct Commit {
    pub stream: StreamId,
    /// 1, 2, 3 … without a hole.
    pub number: u64,
    /// The number of its first event within the stream; counts events, from 1.
    pub first_sequence: u64,
    /// When the command was carried out, to the millisecond.
    pub at: DateTime<Utc>,
    /// At least one.
    pub events: Vec<RecordedEvent>,
    pub metadata: Metadata,
    pub command_id: String,
    pub fingerprint: [u8; 32],
    /// Tells this write from every other, so that a repeated request can recognise its own success.
    pub id: Uuid,
}

/// One event as it is stored.
#[derive(Clone, PartialEq)]
pub struct RecordedEvent {
    pub event_type: String,
    pub event_version: String,
    /// What serde makes of the event.
    pub payload: serde_json::Value,
}

impl Commit {
    /// Reads an item of the table or of its stream.
    ///
    /// # Errors
    /// [`CorruptCommit`] when an attribute is missing or malformed.
    pub fn from_item(item: &HashMap<String, AttributeValue>) -> Result<Self, CorruptCommit> {
        item::read(item)
    }

    /// The item as it is stored.
    #[must_use]
    pub fn to_item(&self) -> HashMap<String, AttributeValue> {
        item::write(self)
    }

    /// Whether an item of the table or of its stream is a commit; claims are not.
    #[must_use]
    pub fn is_commit(item: &HashMap<String, AttributeValue>) -> bool {
        matches!(item.get(item::KIND), Some(AttributeValue::S(kind)) if kind == item::COMMIT)
    }

    /// The number of its last event within the stream.
    #[must_use]
    pub fn last_sequence(&self) -> u64 {
        self.first_sequence + self.events.len() as u64 - 1
    }

    /// The events as the aggregate knows them, in order.
    ///
    /// # Errors
    /// [`CorruptCommit`] when `E` does not know a stored event.
    pub fn decode<E: DeserializeOwned>(&self) -> Result<Vec<E>, CorruptCommit> {
        self.events.iter().map(|event| E::deserialize(&event.payload)).collect::<Result<_, _>>().map_err(
            |_| {
                // serde's own words may quote the payload, and a payload may be personal.
                self.corrupt(format!("an event of [{}] is not one that this aggregate knows", self.types()))
            },
        )
    }

    pub(crate) fn corrupt(&self, reason: impl Into<String>) -> CorruptCommit {
        CorruptCommit { stream: self.stream.to_string(), commit: self.number, reason: reason.into() }
    }

    fn types(&self) -> String {
        self.events.iter().map(RecordedEvent::tag).collect::<Vec<_>>().join(", ")
    }
}

impl RecordedEvent {
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
