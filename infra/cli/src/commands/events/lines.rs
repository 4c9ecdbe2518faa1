//! Reads an export.

use std::io::{self, BufRead, Read as _};

use event_store::Commit;
use serde_json::{Value, error::Category};
use sha2::{Digest as _, Sha256};

use super::notation::{COMPLETED, CloudEvent, EndLine};

/// No event is longer: a commit of more than 16 MB of events is none of the store's.
const LONGEST: u64 = 20 << 20;

/// A line of an export that cannot be, and why. It does not quote the line, which may be personal.
#[derive(Debug, thiserror::Error)]
#[error("line {number}: {reason}")]
pub(super) struct BadLine {
    pub number: u64,
    pub reason: String,
}

/// What a line says.
pub(super) enum Line {
    Event(Box<CloudEvent>),
    End(EndLine),
}

/// The lines of an export, as long as they are whole.
pub(super) struct Lines<R> {
    from: R,
    bytes: Vec<u8>,
    /// The line read last.
    pub number: u64,
    /// How many bytes have been read.
    pub read: u64,
}

/// Why there is no further line.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoLine {
    #[error(transparent)]
    Bad(#[from] BadLine),
    /// The last line has no end: whoever wrote it was interrupted.
    #[error("line {0} has no end: the export was interrupted, or the file cut off")]
    Torn(u64),
    #[error("{0}")]
    Unreadable(#[from] io::Error),
}

impl<R: BufRead> Lines<R> {
    pub(super) fn of(from: R) -> Self {
        Self { from, bytes: Vec::new(), number: 0, read: 0 }
    }

    pub(super) fn next(&mut self) -> Result<Option<Line>, NoLine> {
        self.bytes.clear();
        let read = self.from.by_ref().take(LONGEST).read_until(b'\n', &mut self.bytes)? as u64;
        if read == 0 {
            return Ok(None);
        }
        self.number += 1;
        if self.bytes.last() != Some(&b'\n') {
            let bad = || self.bad("it is longer than any event").into();
            return Err(if read == LONGEST { bad() } else { NoLine::Torn(self.number) });
        }
        self.read += read;
        Ok(Some(parse(&self.bytes).map_err(|reason| self.bad(reason))?))
    }

    /// The bytes of the line read last, with its end.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn bad(&self, reason: impl Into<String>) -> BadLine {
        BadLine { number: self.number, reason: reason.into() }
    }
}

fn parse(bytes: &[u8]) -> Result<Line, String> {
    let value: Value = serde_json::from_slice(bytes)
        .map_err(|error| format!("it is no JSON (column {})", error.column()))?;
    let is_end = value.get("type").is_some_and(|kind| kind == COMPLETED);
    let line = if is_end {
        serde_json::from_value(value).map(Line::End)
    } else {
        serde_json::from_value(value).map(Line::Event)
    };
    line.map_err(|error| unlike(&error))
}

/// serde's own words quote values, except where it is about the name of a field.
fn unlike(error: &serde_json::Error) -> String {
    let said = error.to_string();
    let is_about_a_name = ["missing field", "unknown field"].iter().any(|begin| said.starts_with(begin));
    match error.classify() {
        Category::Data if is_about_a_name => format!("it is no event of an export: {said}"),
        Category::Data | Category::Syntax | Category::Eof | Category::Io => {
            "it is no event of an export: an attribute has another type".into()
        }
    }
}

/// The commits of an export, each once all of its lines are read.
pub(super) struct Commits<R> {
    lines: Lines<R>,
    digest: Sha256,
    events: u64,
    is_over: bool,
}

/// A commit, and the number of its first line.
pub(super) type Numbered = (u64, Commit);

impl<R: BufRead> Commits<R> {
    pub(super) fn of(from: R) -> Self {
        Self { lines: Lines::of(from), digest: Sha256::new(), events: 0, is_over: false }
    }

    /// The next commit; none once the last line has been read and says that this was all.
    pub(super) fn next(&mut self) -> Result<Option<Numbered>, NoLine> {
        if self.is_over {
            return Ok(None);
        }
        let first = match self.line()? {
            Line::Event(first) => first,
            Line::End(end) => return self.end(&end).map(|()| None),
        };
        let number = self.lines.number;
        if first.place != 1 {
            let FirstOf { name, events } = FirstOf::of(&first);
            let reason = format!("{name} has {events} events, and this is not the first of them: {PARTS}");
            return Err(self.lines.bad(reason).into());
        }
        let mut lines = vec![*first];
        while (lines.len() as u64) < lines[0].events {
            match self.line()? {
                Line::Event(next) if next.is_next_of(&lines) => lines.push(*next),
                Line::Event(_) | Line::End(_) => {
                    let FirstOf { name, events } = FirstOf::of(&lines[0]);
                    let reason = format!("{name} has {events} events, and {} are here: {PARTS}", lines.len());
                    return Err(BadLine { number, reason }.into());
                }
            }
        }
        let commit = CloudEvent::commit(&lines).map_err(|reason| BadLine { number, reason })?;
        agree(&lines, &commit, number)?;
        self.events += lines.len() as u64;
        Ok(Some((number, commit)))
    }

    fn line(&mut self) -> Result<Line, NoLine> {
        let line = self.lines.next()?.ok_or_else(|| BadLine {
            number: self.lines.number + 1,
            reason: "the file ends here, without the line that says that it is complete".into(),
        })?;
        if matches!(line, Line::Event(_)) {
            self.digest.update(self.lines.bytes());
        }
        Ok(line)
    }

    fn end(&mut self, end: &EndLine) -> Result<(), NoLine> {
        self.is_over = true;
        if !end.data.whole {
            let reason = "the export left out events (--type, --from): it can be read, and not imported";
            return Err(self.lines.bad(reason).into());
        }
        if *end != EndLine::new(&self.digest.clone().finalize(), end.data) || end.data.events != self.events {
            let reason = "the lines before are not those that were written: their SHA-256 or number differs";
            return Err(self.lines.bad(reason).into());
        }
        match self.lines.next()? {
            None => Ok(()),
            Some(_) => Err(self.lines.bad("it follows the end of the export").into()),
        }
    }
}

const PARTS: &str = "a commit in parts cannot be imported";

/// How the commit of a line is named to people.
struct FirstOf {
    name: String,
    events: u64,
}

impl FirstOf {
    fn of(line: &CloudEvent) -> Self {
        let stream = line.stream().map_or_else(|_| "an unnamed stream".into(), |stream| stream.to_string());
        Self { name: format!("commit {} of {stream}", line.commit), events: line.events }
    }
}

/// Whatever a line says twice, or what another line of its commit says too, is the same each time.
fn agree(lines: &[CloudEvent], commit: &Commit, number: u64) -> Result<(), BadLine> {
    for ((line, place), event) in lines.iter().zip(1..).zip(&commit.events) {
        if let Some(name) = line.difference(&CloudEvent::of(commit, place, event)) {
            let reason = format!(
                "its {name:?} is not what it should be by its other attributes, or by the first line of its commit"
            );
            return Err(BadLine { number: number + place - 1, reason });
        }
    }
    Ok(())
}
