//! The lines of an export: events as CloudEvents, and one line at the end that says that this was all.

pub(super) use functions::cloud_event::CloudEvent;
use functions::cloud_event::{JSON, SPECVERSION, hex};
use serde::{Deserialize, Serialize};

/// The type of the last line.
pub(super) const COMPLETED: &str = "rollcall.export.completed";

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
