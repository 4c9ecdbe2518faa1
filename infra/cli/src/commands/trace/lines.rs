use std::{
    collections::BTreeSet,
    fs::File,
    io::{self, BufRead, BufReader},
    path::{Path, PathBuf},
};

use event_store::StreamId;
use serde_json::{Map, Value};

use crate::Failure;

/// Lines of logs that may belong to the story.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// Those of the correlation id.
    pub(super) own: Vec<Map<String, Value>>,
    /// Those of aggregates that were projected: several commits have one line, which names the last.
    pub(super) projected: Vec<Map<String, Value>>,
}

impl Lines {
    /// Reads whatever holds lines of JSON, line by line, and keeps what may be needed.
    pub(super) fn read(files: &[PathBuf], correlation_id: &str) -> Result<Self, Failure> {
        let mut lines = Self::default();
        for file in files {
            for text in open(file)?.lines() {
                let text = text.map_err(|error| format!("{} cannot be read: {error}", file.display()))?;
                objects(&text).into_iter().for_each(|line| lines.keep(line, correlation_id));
            }
        }
        Ok(lines)
    }

    fn keep(&mut self, line: Map<String, Value>, correlation_id: &str) {
        if line.get("message").is_some_and(|message| message == "projected") {
            self.projected.push(line);
        } else if line.get("correlationId").is_some_and(|id| id == correlation_id) {
            self.own.push(line);
        }
    }

    /// The streams that the lines of the correlation id tell of.
    pub(super) fn streams(&self) -> Vec<StreamId> {
        let named = self.own.iter().filter_map(|line| StreamId::parse(line.get("stream")?.as_str()?).ok());
        named.collect::<BTreeSet<_>>().into_iter().collect()
    }
}

fn open(file: &Path) -> Result<Box<dyn BufRead>, Failure> {
    if file == Path::new("-") {
        return Ok(Box::new(io::stdin().lock()));
    }
    let opened = File::open(file).map_err(|error| format!("{} cannot be read: {error}", file.display()))?;
    Ok(Box::new(BufReader::new(opened)))
}

/// The objects that a line of text holds: itself, or what stands behind a time and a log stream (`aws logs tail`),
/// or in a field `message` (`aws logs filter-log-events`).
fn objects(text: &str) -> Vec<Map<String, Value>> {
    let text = text.trim();
    if let Some(quoted) = text.strip_prefix("\"message\":") {
        let message: Option<String> = serde_json::from_str(quoted.trim().trim_end_matches(',')).ok();
        return message.map_or_else(Vec::new, |message| objects(&message));
    }
    let Some(start) = text.find('{') else { return Vec::new() };
    let Ok(Value::Object(object)) = serde_json::from_str(&text[start..]) else { return Vec::new() };
    let Some(Value::Array(events)) = object.get("events") else { return vec![object] };
    events.iter().filter_map(|event| event["message"].as_str()).flat_map(objects).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_found_in_whatever_the_aws_tools_print() {
        let line = r#"{"message":"step","commit":3}"#;
        let quoted = serde_json::to_string(line).unwrap();
        for text in [
            line.to_owned(),
            format!("2026-11-21T12:00:00.123000+00:00 2026/11/21/[1]abc {line}"),
            format!("            \"message\": {quoted},"),
            format!("{{\"events\":[{{\"timestamp\":1,\"message\":{quoted}}}]}}"),
        ] {
            let found = objects(&text);
            assert_eq!((found.len(), &found[0]["commit"]), (1, &Value::from(3)), "{text}");
        }
        for text in ["", "START RequestId: 1 Version: $LATEST", "}", "{", "\"message\": 1"] {
            assert!(objects(text).is_empty(), "{text}");
        }
    }
}
