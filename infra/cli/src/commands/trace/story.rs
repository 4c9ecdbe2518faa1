use chrono::{DateTime, Utc};
use event_store::Commit;
use serde_json::{Map, Value, json};

use super::lines::Lines;
use crate::{Failure, show};

/// What followed from one request, in the order of time.
pub(super) struct Story(Vec<Entry>);

struct Entry {
    at: DateTime<Utc>,
    what: String,
    stream: String,
    commit: Option<u64>,
    /// What else there is to tell of it, in order.
    details: Vec<(String, Value)>,
}

/// What stands in columns of its own, or is the same everywhere.
const ELSEWHERE: [&str; 12] = [
    "timestamp",
    "level",
    "message",
    "target",
    "correlationId",
    "stream",
    "commit",
    "tenant",
    "requestId",
    "functionVersion",
    "traceId",
    "messageId",
];

impl Story {
    pub(super) fn of(commits: &[Commit], lines: Lines) -> Self {
        let projected =
            lines.projected.into_iter().filter(|line| commits.iter().any(|commit| is_about(line, commit)));
        let told = projected.chain(lines.own).filter_map(Entry::of_line);
        let mut entries: Vec<Entry> = commits.iter().map(Entry::of_commit).chain(told).collect();
        // A commit stands before what is told of it in the same millisecond.
        entries.sort_by_key(|entry| entry.at);
        Self(entries)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn show(&self) -> Result<(), Failure> {
        let rows: Vec<Vec<String>> =
            self.after().map(|(entry, after, since)| entry.row(after, since)).collect();
        show::table(&["AT (UTC)", "AFTER", "SINCE", "WHAT", "COMMIT", "DETAILS"], &rows)
    }

    pub(super) fn json(&self, correlation_id: &str) -> Result<(), Failure> {
        let entries: Vec<Value> =
            self.after().map(|(entry, after, since)| entry.json(after, since)).collect();
        show::json(&json!({ "correlationId": correlation_id, "entries": entries }))
    }

    /// Each entry, with the milliseconds since the first one and since the one before.
    fn after(&self) -> impl Iterator<Item = (&Entry, i64, i64)> {
        let first = self.0.first().map(|first| first.at);
        let before = first.into_iter().chain(self.0.iter().map(|entry| entry.at));
        self.0.iter().zip(before).map(move |(entry, before)| {
            let since = |then: DateTime<Utc>| (entry.at - then).num_milliseconds();
            (entry, first.map_or(0, since), since(before))
        })
    }
}

impl Entry {
    fn of_commit(commit: &Commit) -> Self {
        let types: Vec<Value> = commit.events.iter().map(|event| event.event_type.clone().into()).collect();
        let mut details = vec![
            ("events".to_owned(), types.into()),
            ("actor".to_owned(), commit.metadata.actor.clone().into()),
            ("commandId".to_owned(), commit.command_id.clone().into()),
        ];
        details.extend(commit.metadata.causation_id.clone().map(|id| ("causationId".to_owned(), id.into())));
        let (what, stream) = ("commit".to_owned(), commit.stream.to_string());
        Self { at: commit.at, what, stream, commit: Some(commit.number), details }
    }

    /// `None` if the line does not say when, or what.
    fn of_line(line: Map<String, Value>) -> Option<Self> {
        let text = |name: &str| line.get(name).and_then(Value::as_str);
        Some(Self {
            at: text("timestamp")?.parse().ok()?,
            what: text("message")?.to_owned(),
            stream: text("stream").unwrap_or_default().to_owned(),
            commit: line.get("commit").and_then(Value::as_u64),
            details: line.into_iter().filter(|(name, _)| !ELSEWHERE.contains(&name.as_str())).collect(),
        })
    }

    fn row(&self, after: i64, since: i64) -> Vec<String> {
        let detail = |(name, value): &(String, Value)| match value {
            Value::Array(list) => list.iter().map(show::cell).collect::<Vec<_>>().join(" "),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
                format!("{name}={}", show::cell(value))
            }
        };
        vec![
            self.at.format("%Y-%m-%d %H:%M:%S%.3f").to_string(),
            format!("{after} ms"),
            format!("+{since}"),
            show::cell(&Value::from(self.what.as_str())),
            self.commit.map_or_else(|| "-".into(), |commit| commit.to_string()),
            self.details.iter().map(detail).collect::<Vec<_>>().join("  "),
        ]
    }

    fn json(&self, after: i64, since: i64) -> Value {
        let details: Map<String, Value> = self.details.iter().cloned().collect();
        json!({
            "at": self.at, "afterMs": after, "sinceMs": since, "what": self.what, "stream": self.stream,
            "commit": self.commit, "details": details,
        })
    }
}

/// Whether a line that an aggregate was projected is about this commit, too.
fn is_about(line: &Map<String, Value>, commit: &Commit) -> bool {
    let number = |name: &str| line.get(name).and_then(Value::as_u64);
    let (Some(first), Some(last)) = (number("firstCommit"), number("commit")) else { return false };
    line.get("stream").is_some_and(|stream| *stream == commit.stream.to_string())
        && (first..=last).contains(&commit.number)
}
