//! An event as it leaves the system: CloudEvents 1.0 in JSON, in exports and in the feed. The names of the attributes
//! that are ours are lowercase letters, as CloudEvents asks.

use std::fmt;

use chrono::{DateTime, SecondsFormat};
use event_store::{Commit, Metadata, RecordedEvent, StreamId};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

/// Of CloudEvents.
pub const SPECVERSION: &str = "1.0";
/// What payloads are.
pub const JSON: &str = "application/json";

/// One event, with all that its commit says.
#[derive(Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CloudEvent {
    specversion: String,
    id: String,
    source: String,
    #[serde(rename = "type")]
    event_type: String,
    subject: String,
    #[schema(format = DateTime)]
    time: String,
    datacontenttype: String,
    dataversion: String,
    tenant: String,
    aggregate: String,
    pub commit: u64,
    /// Which event of its commit it is, from 1,
    pub place: u64,
    /// of so many.
    pub events: u64,
    firstsequence: u64,
    #[schema(value_type = String, format = "uuid")]
    commitid: Uuid,
    commandid: String,
    fingerprint: String,
    actor: String,
    correlationid: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    causationid: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    traceparent: Option<String>,
    #[schema(value_type = Object)]
    data: Value,
}

impl CloudEvent {
    /// The event at a place, counted from 1.
    #[must_use]
    pub fn of(commit: &Commit, place: u64, event: &RecordedEvent) -> Self {
        let stream = &commit.stream;
        Self {
            specversion: SPECVERSION.into(),
            id: format!("{}/{place}", commit.id),
            source: source(stream),
            event_type: event.event_type.clone(),
            subject: stream.id().into(),
            time: commit.at.to_rfc3339_opts(SecondsFormat::Millis, true),
            datacontenttype: JSON.into(),
            dataversion: event.event_version.clone(),
            tenant: stream.tenant().into(),
            aggregate: stream.kind().into(),
            commit: commit.number,
            place,
            events: commit.events.len() as u64,
            firstsequence: commit.first_sequence,
            commitid: commit.id,
            commandid: commit.command_id.clone(),
            fingerprint: hex(&commit.fingerprint),
            actor: commit.metadata.actor.clone(),
            correlationid: commit.metadata.correlation_id.clone(),
            causationid: commit.metadata.causation_id.clone(),
            traceparent: commit.metadata.traceparent.clone(),
            data: event.payload.clone(),
        }
    }

    /// Whose event it is.
    ///
    /// # Errors
    /// When no stream can have that name.
    pub fn stream(&self) -> Result<StreamId, String> {
        StreamId::new(&self.tenant, &self.aggregate, &self.subject).map_err(|invalid| invalid.to_string())
    }

    /// Whether it belongs behind these events of a commit.
    #[must_use]
    pub fn is_next_of(&self, events: &[Self]) -> bool {
        let same = |first: &Self| first.commitid == self.commitid && first.subject == self.subject;
        events.first().is_some_and(same) && self.place == events.len() as u64 + 1
    }

    /// The commit of these events, which are all of it, in order.
    ///
    /// # Errors
    /// What cannot be of them.
    pub fn commit(events: &[Self]) -> Result<Commit, String> {
        let first = events.first().ok_or("there is no event")?;
        let recorded = |event: &Self| RecordedEvent {
            event_type: event.event_type.clone(),
            event_version: event.dataversion.clone(),
            payload: event.data.clone(),
        };
        let at = DateTime::parse_from_rfc3339(&first.time).map_err(|_| "its time is none of RFC 3339")?;
        Ok(Commit {
            stream: first.stream()?,
            number: first.commit,
            first_sequence: first.firstsequence,
            at: at.to_utc(),
            events: events.iter().map(recorded).collect(),
            metadata: Metadata {
                actor: first.actor.clone(),
                correlation_id: first.correlationid.clone(),
                causation_id: first.causationid.clone(),
                traceparent: first.traceparent.clone(),
            },
            command_id: first.commandid.clone(),
            fingerprint: unhex(&first.fingerprint).ok_or("its fingerprint is not 64 lowercase hex digits")?,
            id: first.commitid,
        })
    }

    /// The first attribute in which two events differ, its name.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Option<String> {
        let [one, other] = [self, other].map(|line| serde_json::to_value(line).unwrap_or_default());
        let (one, other) = (one.as_object()?, other.as_object()?);
        let names = one.keys().chain(other.keys());
        names.filter(|name| one.get(*name) != other.get(*name)).min().cloned()
    }

    /// Its size as it is written, roughly.
    pub(crate) fn bytes(&self) -> usize {
        // The attributes that are not the payload.
        const REST: usize = 1_000;
        REST + self.data.to_string().len()
    }
}

impl fmt::Debug for CloudEvent {
    /// Leaves the payload out: it may be personal, and debug output ends in logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CloudEvent")
            .field("id", &self.id)
            .field("type", &self.event_type)
            .finish_non_exhaustive()
    }
}

/// Where events of a stream come from.
pub(crate) fn source(stream: &StreamId) -> String {
    let encoded = |part| utf8_percent_encode(part, NON_ALPHANUMERIC);
    format!("/rollcall/{}/{}", encoded(stream.tenant()), encoded(stream.kind()))
}

/// Bytes as lowercase digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let digits = text.as_bytes();
    let is_hex = digits.len() == 64 && digits.iter().all(|d| matches!(d, b'0'..=b'9' | b'a'..=b'f'));
    let mut bytes = [0; 32];
    for (byte, place) in bytes.iter_mut().zip((0..64).step_by(2)).filter(|_| is_hex) {
        *byte = u8::from_str_radix(text.get(place..place + 2)?, 16).ok()?;
    }
    is_hex.then_some(bytes)
}
