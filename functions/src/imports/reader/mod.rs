//! Reads the rows of a file while it arrives, in pieces that end anywhere.

mod csv;
mod lines;
mod ndjson;
mod values;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use self::{csv::Csv, lines::Lines, ndjson::read_line, values::Values};
use super::{Format, MOST_BYTES, MOST_ROWS, verdict::Fault};
use crate::command_api::NewUser;

/// A row of the file.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Reading {
    /// Its values are accepted, for themselves.
    User(NewUser),
    Fault(Fault),
}

/// A file is none that could be imported. Of what is in it, only names of columns are told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoImport {
    #[error("The file is longer than {} MiB", MOST_BYTES / 1024 / 1024)]
    TooLong,
    #[error("The file has more than {MOST_ROWS} rows")]
    TooManyRows,
    #[error("The file has no rows")]
    NoRows,
    #[error("The file is not UTF-8")]
    NotUtf8,
    #[error(
        "The first line names no column {0}; it has to name userName, displayName and email, and may name roles"
    )]
    NoColumn(&'static str),
    #[error("The first line names a column that is none of userName, displayName, email and roles: {0:?}")]
    UnknownColumn(String),
    #[error("The first line names the column {0} twice")]
    RepeatedColumn(&'static str),
    #[error("The first line is longer than a row may be")]
    LongHeader,
}

/// Reads one file.
pub(super) struct Reader {
    start: Start,
    of_format: OfFormat,
    values: Values,
    bytes: usize,
    rows: u32,
}

enum OfFormat {
    Ndjson(Lines),
    Csv(Box<Csv>),
}

/// The first three bytes may be a byte order mark.
enum Start {
    Ahead(Vec<u8>),
    Behind,
}

const UTF_8: &[u8] = &[0xef, 0xbb, 0xbf];
const UTF_16: [&[u8]; 2] = [&[0xff, 0xfe], &[0xfe, 0xff]];

impl Reader {
    pub(super) fn of(format: Format) -> Self {
        let of_format = match format {
            Format::Ndjson => OfFormat::Ndjson(Lines::default()),
            Format::Csv => OfFormat::Csv(Box::default()),
        };
        Self { start: Start::Ahead(Vec::new()), of_format, values: Values::default(), bytes: 0, rows: 0 }
    }

    /// Reads on; answers the rows that have ended.
    ///
    /// # Errors
    /// [`NoImport`]; there is nothing to read then any more.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<Vec<Reading>, NoImport> {
        self.bytes += bytes.len();
        if self.bytes > MOST_BYTES {
            return Err(NoImport::TooLong);
        }
        match &mut self.start {
            Start::Behind => self.read(bytes),
            Start::Ahead(first) => {
                first.extend_from_slice(bytes);
                if first.len() < UTF_8.len() { Ok(Vec::new()) } else { self.begin() }
            }
        }
    }

    /// The file has ended; answers its last rows.
    ///
    /// # Errors
    /// [`NoImport`].
    pub(super) fn finish(&mut self) -> Result<Vec<Reading>, NoImport> {
        let mut rows = self.begin()?;
        let last = match &mut self.of_format {
            OfFormat::Ndjson(lines) => lines.finish().map(|line| read_line(&line)).into_iter().collect(),
            OfFormat::Csv(csv) => csv.finish()?,
        };
        rows.extend(self.accept(last)?);
        if self.rows == 0 { Err(NoImport::NoRows) } else { Ok(rows) }
    }

    fn begin(&mut self) -> Result<Vec<Reading>, NoImport> {
        let Start::Ahead(first) = std::mem::replace(&mut self.start, Start::Behind) else {
            return Ok(Vec::new());
        };
        // What begins with a zero is a text of two or four bytes a letter.
        if UTF_16.iter().any(|mark| first.starts_with(mark)) || first.iter().take(2).any(|byte| *byte == 0) {
            return Err(NoImport::NotUtf8);
        }
        self.read(first.strip_prefix(UTF_8).unwrap_or(&first))
    }

    fn read(&mut self, bytes: &[u8]) -> Result<Vec<Reading>, NoImport> {
        let read = match &mut self.of_format {
            OfFormat::Ndjson(lines) => lines.push(bytes).iter().map(read_line).collect(),
            OfFormat::Csv(csv) => csv.push(bytes)?,
        };
        self.accept(read)
    }

    fn accept(&mut self, read: Vec<Reading>) -> Result<Vec<Reading>, NoImport> {
        let mut accepted = Vec::with_capacity(read.len());
        for reading in read {
            self.rows += 1;
            if self.rows > MOST_ROWS {
                return Err(NoImport::TooManyRows);
            }
            accepted.push(self.values.judge(self.rows, reading));
        }
        Ok(accepted)
    }
}
