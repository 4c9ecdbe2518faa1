//! The lines of an export: CloudEvents 1.0 in JSON. The names of the attributes that are ours are lowercase
//! letters, as CloudEvents asks.

use chrono::{DateTime, SecondsFormat};
use event_store::{Commit, Metadata, RecordedEvent, StreamId};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

const SPECVERSION: &str = "1.0";
const JSON: &str = "application/json";

/// The type of the last line.
pub(super) const COMPLETED: &str = "rollcall.export.completed";

/// One event, with all that its commit says.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EventLine {
    specversion: String,
    id: String,
    source: String,
    #[serde(rename = "type")]
    event_type: String,
    subject: String,
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
    commitid: Uuid,
    commandid: String,
    fingerprint: String,
    actor: String,
    correlationid: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    causationid: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    traceparent: Option<String>,
    data: Value,
}

impl EventLine {
    /// The event at a place, counted from 1.
    pub(super) fn of(commit: &Commit, place: u64, event: &RecordedEvent) -> Self {
        let stream = &commit.stream;
        let encoded = |part| utf8_percent_encode(part, NON_ALPHANUMERIC);
        Self {
            specversion: SPECVERSION.into(),
            id: format!("{}/{place}", commit.id),
            source: format!("/rollcall/{}/{}", encoded(stream.tenant()), encoded(stream.kind())),
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
    pub(super) fn stream(&self) -> Result<StreamId, String> {
        StreamId::new(&self.tenant, &self.aggregate, &self.subject).map_err(|invalid| invalid.to_string())
    }

    /// Whether it belongs behind these lines of a commit.
    pub(super) fn is_next_of(&self, lines: &[Self]) -> bool {
        let same = |first: &Self| first.commitid == self.commitid && first.subject == self.subject;
        lines.first().is_some_and(same) && self.place == lines.len() as u64 + 1
    }

    /// The commit of these lines, which are all of it, in order.
    pub(super) fn commit(lines: &[Self]) -> Result<Commit, String> {
        let first = lines.first().ok_or("there is no event")?;
        let recorded = |line: &Self| RecordedEvent {
            event_type: line.event_type.clone(),
            event_version: line.dataversion.clone(),
            payload: line.data.clone(),
        };
        let at = DateTime::parse_from_rfc3339(&first.time).map_err(|_| "its time is none of RFC 3339")?;
        Ok(Commit {
            stream: first.stream()?,
            number: first.commit,
            first_sequence: first.firstsequence,
            at: at.to_utc(),
            events: lines.iter().map(recorded).collect(),
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

    /// The first attribute in which two lines differ, its name.
    pub(super) fn difference(&self, other: &Self) -> Option<String> {
        let [one, other] = [self, other].map(|line| serde_json::to_value(line).unwrap_or_default());
        let (one, other) = (one.as_object()?, other.as_object()?);
        let names = one.keys().chain(other.keys());
        names.filter(|name| one.get(*name) != other.get(*name)).min().cloned()
    }
}

/// The last line: what was written is all of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EndLine {
    specversion: String,
    /// SHA-256 of all lines before, in hex.
    pub id: String,
    source: String,
    #[serde(rename = "type")]
    event_type: String,
    datacontenttype: String,
    pub data: Totals,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Totals {
    pub events: u64,
    /// Whether each stream is there from its beginning, without a hole.
    pub whole: bool,
}

impl EndLine {
    pub(super) fn new(digest: &[u8], data: Totals) -> Self {
        Self {
            specversion: SPECVERSION.into(),
            id: hex(digest),
            source: "/rollcall/export".into(),
            event_type: COMPLETED.into(),
            datacontenttype: JSON.into(),
            data,
        }
    }
}

fn hex(bytes: &[u8]) -> String {
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
