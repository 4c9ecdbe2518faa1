//! Where a piece of work stands in a trace, as W3C's "Trace Context" (level 1) writes it. Nothing is drawn here: ids
//! follow from the ids of what is done, so that the same request is the same trace wherever it is told of.

use std::{fmt, str::FromStr};

use event_store::Commit;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

/// A span's place in a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TraceContext {
    pub trace_id: [u8; 16],
    pub span_id: [u8; 8],
    /// Whoever began the trace wants it to be kept.
    pub sampled: bool,
}

/// A text is no `traceparent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a traceparent has the form 00-{{32 digits}}-{{16 digits}}-{{2 digits}}, hexadecimal, in lower case")]
pub struct InvalidTraceparent;

impl TraceContext {
    /// The place of the command behind a commit.
    #[must_use]
    pub fn of_commit(commit: &Commit) -> Option<Self> {
        commit.metadata.traceparent.as_ref()?.parse().ok()
    }

    /// A trace that begins here, with what is named by these parts.
    #[must_use]
    pub fn begin(parts: &[&str]) -> Self {
        let hash = hash(&[b"trace"], parts);
        Self { trace_id: array(&hash[..16]), span_id: array(&hash[16..24]), sampled: true }
    }

    /// The span of a part of this work, named by these parts.
    #[must_use]
    pub fn child(&self, parts: &[&str]) -> Self {
        let hash = hash(&[&self.trace_id, &self.span_id], parts);
        Self { span_id: array(&hash[..8]), ..*self }
    }

    /// The id of the trace, as people write it.
    #[must_use]
    pub fn trace(&self) -> String {
        hex(&self.trace_id)
    }
}

impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{}-{}-{:02x}", hex(&self.trace_id), hex(&self.span_id), u8::from(self.sampled))
    }
}

impl FromStr for TraceContext {
    type Err = InvalidTraceparent;

    /// A later version is read as far as it is like this one.
    fn from_str(text: &str) -> Result<Self, InvalidTraceparent> {
        let mut parts = text.split('-');
        let mut part = |bytes: usize| {
            let part = parts.next().filter(|part| part.len() == 2 * bytes)?;
            let is_hex = part.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
            is_hex.then(|| u128::from_str_radix(part, 16).ok()).flatten()
        };
        let (Some(version), Some(trace), Some(span), Some(flags)) = (part(1), part(16), part(8), part(1))
        else {
            return Err(InvalidTraceparent);
        };
        let is_complete = version > 0 || parts.next().is_none();
        if version == 0xff || trace == 0 || span == 0 || !is_complete {
            return Err(InvalidTraceparent);
        }
        Ok(Self {
            trace_id: trace.to_be_bytes(),
            span_id: array(&span.to_be_bytes()[8..]),
            sampled: flags & 1 == 1,
        })
    }
}

impl Serialize for TraceContext {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// For a field that may be missing. What cannot be read is missing, too: a message is not refused for its trace.
pub(crate) fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<TraceContext>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    Ok(text.and_then(|text| text.parse().ok()))
}

fn hash(first: &[&[u8]], parts: &[&str]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in first.iter().copied().chain(parts.iter().map(|part| part.as_bytes())) {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    bytes.try_into().expect("so many bytes were taken")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_traceparent_is_read_and_written() {
        let read: TraceContext = OURS.parse().unwrap();
        assert_eq!((read.to_string().as_str(), read.sampled), (OURS, true));
        assert_eq!(read.trace(), "4bf92f3577b34da6a3ce929d0e0e4736");
        let unsampled = OURS.replace("-01", "-02");
        assert_eq!(unsampled.parse::<TraceContext>().unwrap().to_string(), OURS.replace("-01", "-00"));
    }

    #[test]
    fn a_later_version_is_read_as_far_as_it_is_known() {
        let later = OURS.replacen("00-", "cc-", 1) + "-what-the-future-will-be-like";
        assert_eq!(later.parse::<TraceContext>().unwrap().to_string(), OURS);
    }

    #[test]
    fn what_the_specification_calls_invalid_is_refused() {
        for text in [
            "".to_owned(),
            OURS.replacen("00-", "ff-", 1),
            OURS.to_uppercase(),
            format!("{OURS}-more"),
            format!(" {OURS}"),
            OURS.replace("-01", ""),
            OURS.replace("-01", "-1"),
            OURS.replace("-01", "-0g"),
            OURS.replace("4bf92f3577b34da6a3ce929d0e0e4736", &"0".repeat(32)),
            OURS.replace("00f067aa0ba902b7", &"0".repeat(16)),
            OURS.replace("00f067aa0ba902b7", "00f067aa0ba902b"),
            OURS.replace("00f067aa0ba902b7", "+0f067aa0ba902b7"),
        ] {
            assert_eq!(text.parse::<TraceContext>(), Err(InvalidTraceparent), "{text}");
        }
    }

    #[test]
    fn a_part_of_the_work_is_in_the_same_trace_with_an_id_of_its_own() {
        let whole = TraceContext::begin(&["request", "r-1"]);
        let (one, other) = (whole.child(&["command", "c-1"]), whole.child(&["command", "c-2"]));
        assert_eq!((one.trace_id, other.trace_id), (whole.trace_id, whole.trace_id));
        assert!(one.span_id != whole.span_id && one.span_id != other.span_id);
        assert_eq!(one, whole.child(&["command", "c-1"]));
        assert_ne!(TraceContext::begin(&["request", "r-2"]).trace_id, whole.trace_id);
    }
}
