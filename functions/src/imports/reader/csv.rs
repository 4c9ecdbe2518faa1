use csv_core::{ReadRecordResult, Reader as Core};

use super::{
    NoImport, Reading,
    ndjson::{not_utf_8, too_long},
};
use crate::{
    command_api::NewUser,
    imports::{MOST_BYTES_OF_A_ROW, verdict::Fault},
};

/// More columns than there are names for.
const MOST_CELLS: usize = 16;
const COLUMNS: [&str; 4] = ["userName", "displayName", "email", "roles"];
const NEEDED: usize = 3;

/// CSV (RFC 4180) with a line of column names, in any order. Roles have a semicolon between them.
pub(super) struct Csv {
    core: Core,
    cells: Vec<u8>,
    /// Of the cells, in `cells`.
    ends: [usize; MOST_CELLS],
    bytes: usize,
    count: usize,
    overflow: Option<Overflow>,
    /// For each column of the file, which one of ours it is.
    columns: Option<Vec<usize>>,
}

#[derive(Clone, Copy)]
enum Overflow {
    Bytes,
    Cells,
}

impl Default for Csv {
    fn default() -> Self {
        Self {
            core: Core::new(),
            cells: vec![0; MOST_BYTES_OF_A_ROW],
            ends: [0; MOST_CELLS],
            bytes: 0,
            count: 0,
            overflow: None,
            columns: None,
        }
    }
}

impl Csv {
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<Vec<Reading>, NoImport> {
        // Nothing is the end, to the parser.
        if bytes.is_empty() { Ok(Vec::new()) } else { self.read(bytes) }
    }

    pub(super) fn finish(&mut self) -> Result<Vec<Reading>, NoImport> {
        let mut rows = Vec::new();
        loop {
            let (read, is_end) = self.step(&mut &[][..])?;
            rows.extend(read);
            if is_end {
                return Ok(rows);
            }
        }
    }

    fn read(&mut self, mut bytes: &[u8]) -> Result<Vec<Reading>, NoImport> {
        let mut rows = Vec::new();
        while !bytes.is_empty() {
            rows.extend(self.step(&mut bytes)?.0);
        }
        Ok(rows)
    }

    /// Reads up to the end of a record, or of the bytes; whether the file is at its end.
    fn step(&mut self, bytes: &mut &[u8]) -> Result<(Option<Reading>, bool), NoImport> {
        let (cells, ends) = (&mut self.cells[self.bytes..], &mut self.ends[self.count..]);
        let (result, read, written, ended) = self.core.read_record(bytes, cells, ends);
        *bytes = &bytes[read..];
        self.bytes += written;
        self.count += ended;
        match result {
            ReadRecordResult::InputEmpty => Ok((None, false)),
            ReadRecordResult::OutputFull => {
                self.bytes = 0;
                self.overflow = Some(Overflow::Bytes);
                Ok((None, false))
            }
            ReadRecordResult::OutputEndsFull => {
                self.count = 0;
                self.overflow = self.overflow.or(Some(Overflow::Cells));
                Ok((None, false))
            }
            ReadRecordResult::Record => self.record().map(|row| (row, false)),
            ReadRecordResult::End => Ok((None, true)),
        }
    }

    fn record(&mut self) -> Result<Option<Reading>, NoImport> {
        let overflow = self.overflow.take();
        let (count, _) = (std::mem::take(&mut self.count), std::mem::take(&mut self.bytes));
        let begins = [0].into_iter().chain(self.ends);
        let cells: Vec<&[u8]> = match overflow {
            None => begins.zip(&self.ends[..count]).map(|(begin, end)| &self.cells[begin..*end]).collect(),
            Some(_) => Vec::new(),
        };
        let texts: Option<Vec<&str>> = cells.iter().map(|cell| std::str::from_utf8(cell).ok()).collect();
        let Some(columns) = &self.columns else {
            let names = texts.ok_or(NoImport::NotUtf8)?;
            self.columns = Some(match overflow {
                None => columns(&names)?,
                Some(Overflow::Bytes | Overflow::Cells) => return Err(NoImport::LongHeader),
            });
            return Ok(None);
        };
        // A line of white space alone is nobody.
        if cells.len() == 1 && columns.len() > 1 && cells[0].trim_ascii().is_empty() {
            return Ok(None);
        }
        Ok(Some(match (overflow, texts) {
            (Some(Overflow::Bytes), _) => Reading::Fault(too_long()),
            (None, None) => Reading::Fault(not_utf_8()),
            (None, Some(cells)) if cells.len() == columns.len() => Reading::User(user(columns, &cells)),
            (Some(Overflow::Cells) | None, _) => Reading::Fault(wrong_cells(columns.len())),
        }))
    }
}

fn wrong_cells(columns: usize) -> Fault {
    Fault::new("wrong-cells", format!("The row has not as many cells as there are columns: {columns}."))
}

fn columns(names: &[&str]) -> Result<Vec<usize>, NoImport> {
    let mut columns = Vec::new();
    for name in names {
        let name = name.trim();
        let Some(column) = COLUMNS.iter().position(|known| *known == name) else {
            return Err(NoImport::UnknownColumn(name.chars().take(64).collect()));
        };
        if columns.contains(&column) {
            return Err(NoImport::RepeatedColumn(COLUMNS[column]));
        }
        columns.push(column);
    }
    match (0..NEEDED).find(|column| !columns.contains(column)) {
        Some(missing) => Err(NoImport::NoColumn(COLUMNS[missing])),
        None => Ok(columns),
    }
}

fn user(columns: &[usize], cells: &[&str]) -> NewUser {
    let cell = |column: usize| {
        let place = columns.iter().position(|it| *it == column);
        place.map_or("", |place| cells[place])
    };
    let roles = cell(3).split(';').map(str::trim).filter(|role| !role.is_empty());
    NewUser {
        user_name: cell(0).into(),
        display_name: cell(1).into(),
        email: cell(2).into(),
        roles: roles.map(Into::into).collect(),
    }
}
