//! The item of a commit. Names are one or two letters because every item is billed with them.

use std::{borrow::Cow, collections::HashMap};

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use chrono::DateTime;
use serde_json::Value;
use uuid::Uuid;

use crate::{Commit, CorruptCommit, Metadata, RecordedEvent, StreamId, fields::Fields, head::Head, pack};

pub(crate) const PARTITION: &str = "pk";
pub(crate) const SORT: &str = "sk";
pub(crate) const KIND: &str = "k";
pub(crate) const COMMIT: &str = "c";
pub(crate) const CLAIM: &str = "q";
pub(crate) const OWNER: &str = "o";
pub(crate) const ROSTER: &str = "r";
pub(crate) const MEMBERS: &str = "m";
pub(crate) const PULSE: &str = "p";

pub(crate) const TYPES: &str = "t";
pub(crate) const EVENTS: &str = "e";
const FIRST_SEQUENCE: &str = "s";
pub(crate) const AT: &str = "ts";
const METADATA: &str = "m";
pub(crate) const SNAPSHOT: &str = "z";
const COMMIT_ID: &str = "u";
const COMMAND: &str = "c";

pub(crate) type Item = HashMap<String, AttributeValue>;

pub(crate) fn write(commit: &Commit) -> Item {
    map([
        (PARTITION, text(commit.stream.to_string())),
        (SORT, number(commit.number)),
        (KIND, text(COMMIT)),
        (TYPES, AttributeValue::L(commit.events.iter().map(|event| text(event.tag())).collect())),
        (EVENTS, text(payloads(&commit.events))),
        (FIRST_SEQUENCE, number(commit.first_sequence)),
        (AT, number(commit.at.timestamp_millis())),
        (METADATA, AttributeValue::M(write_metadata(&commit.metadata))),
        (COMMIT_ID, bytes(commit.id.as_bytes())),
        (COMMAND, AttributeValue::M(write_command(commit))),
    ])
}

pub(crate) fn read(item: &Item) -> Result<Commit, CorruptCommit> {
    let stream = Fields(item).text(PARTITION).unwrap_or_default();
    let number = Fields(item).number(SORT).unwrap_or_default();
    read_fields(Fields(item)).map_err(|reason| CorruptCommit {
        stream: stream.to_owned(),
        commit: number,
        reason,
    })
}

fn read_fields(fields: Fields<'_>) -> Result<Commit, String> {
    let events = read_events(fields.texts(TYPES)?.into_iter(), &payload_text(fields.get(EVENTS)?)?)?;
    let head = read_head(fields, events.len())?;
    Ok(Commit {
        stream: StreamId::parse(fields.text(PARTITION)?).map_err(|invalid| invalid.to_string())?,
        number: head.number,
        first_sequence: head.first_sequence,
        at: DateTime::from_timestamp_millis(fields.number(AT)?).ok_or("its time is out of range")?,
        events,
        metadata: read_metadata(fields.map(METADATA)?)?,
        command_id: head.command_id,
        fingerprint: head.fingerprint,
        id: head.id,
    })
}

/// What there is to know of a commit besides its events, of which it has so many.
pub(crate) fn read_head(fields: Fields<'_>, events: usize) -> Result<Head, String> {
    let command = fields.map(COMMAND)?;
    Ok(Head {
        number: fields.number(SORT)?,
        first_sequence: fields.number(FIRST_SEQUENCE)?,
        events,
        id: Uuid::from_bytes(fields.bytes(COMMIT_ID)?),
        command_id: command.text("i")?.to_owned(),
        fingerprint: command.bytes("h")?,
    })
}

fn payloads(events: &[RecordedEvent]) -> String {
    let payloads: Vec<_> = events.iter().map(|event| &event.payload).collect();
    serde_json::to_string(&payloads).expect("JSON values have a JSON form")
}

/// The JSON array of the payloads.
pub(crate) fn payload_text(payloads: &AttributeValue) -> Result<Cow<'_, str>, String> {
    pack::text_of(payloads).map_err(|_| format!("attribute {EVENTS} is malformed"))
}

pub(crate) fn read_events<'a>(
    tags: impl ExactSizeIterator<Item = &'a str>,
    payloads: &str,
) -> Result<Vec<RecordedEvent>, String> {
    // serde's own words may quote the payload, and a payload may be personal.
    let payloads: Vec<Value> =
        serde_json::from_str(payloads).map_err(|_| format!("{EVENTS} is not a JSON array"))?;
    if tags.len() == 0 || tags.len() != payloads.len() {
        return Err(format!("it names {} events and holds {}", tags.len(), payloads.len()));
    }
    tags.zip(payloads).map(|(tag, payload)| read_event(tag, payload)).collect()
}

fn read_event(tag: &str, payload: Value) -> Result<RecordedEvent, String> {
    let (event_type, event_version) =
        tag.rsplit_once('@').ok_or_else(|| format!("an event type in {TYPES} has no version"))?;
    Ok(RecordedEvent { event_type: event_type.into(), event_version: event_version.into(), payload })
}

fn write_command(commit: &Commit) -> Item {
    map([("i", text(&commit.command_id)), ("h", bytes(&commit.fingerprint))])
}

fn write_metadata(metadata: &Metadata) -> Item {
    let mut item = map([("a", text(&metadata.actor)), ("r", text(&metadata.correlation_id))]);
    let optional = [("x", &metadata.causation_id), ("p", &metadata.traceparent)];
    item.extend(optional.into_iter().filter_map(|(name, value)| Some((name.into(), text(value.as_ref()?)))));
    item
}

fn read_metadata(fields: Fields<'_>) -> Result<Metadata, String> {
    Ok(Metadata {
        actor: fields.text("a")?.to_owned(),
        correlation_id: fields.text("r")?.to_owned(),
        causation_id: fields.optional_text("x")?.map(str::to_owned),
        traceparent: fields.optional_text("p")?.map(str::to_owned),
    })
}

pub(crate) fn map<const N: usize>(entries: [(&str, AttributeValue); N]) -> Item {
    entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

pub(crate) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub(crate) fn number(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

fn bytes(value: &[u8]) -> AttributeValue {
    AttributeValue::B(Blob::new(value))
}

#[cfg(test)]
#[path = "item_tests.rs"]
mod tests;
