//! Where an export goes, and where an interrupted one goes on.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufReader, BufWriter, Seek as _, SeekFrom, Write},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use event_store::StreamId;
use sha2::{Digest as _, Sha256};

use super::{
    filter::Filter,
    lines::{Line, Lines, NoLine},
    notation::{CloudEvent, EndLine, Totals},
};
use crate::Failure;

/// What has been written so far.
pub(super) struct Output {
    to: Box<dyn Write>,
    digest: Sha256,
    pub events: u64,
}

/// An export to a file, as long as it is under way. Beside the file there is another one then, with the
/// filters: it tells that the export is not complete, and of what.
pub(super) struct Unfinished {
    file: File,
    filter: PathBuf,
}

/// Where an export begins: behind a commit, or with the first one.
pub(super) type Start = Option<(StreamId, u64)>;

impl Output {
    pub(super) fn to_stdout() -> Self {
        Self { to: Box::new(BufWriter::new(io::stdout())), digest: Sha256::new(), events: 0 }
    }

    pub(super) fn write(&mut self, line: &CloudEvent) -> Result<(), Failure> {
        let mut bytes = serde_json::to_vec(line)?;
        bytes.push(b'\n');
        self.digest.update(&bytes);
        self.events += 1;
        Ok(self.to.write_all(&bytes)?)
    }

    /// Writes the last line.
    pub(super) fn finish(mut self, whole: bool) -> Result<(), Failure> {
        let end = EndLine::new(&self.digest.finalize(), Totals { events: self.events, whole });
        self.to.write_all(&serde_json::to_vec(&end)?)?;
        self.to.write_all(b"\n")?;
        Ok(self.to.flush()?)
    }
}

impl Unfinished {
    /// Begins a file that is not there yet.
    pub(super) fn begin(path: &Path, filter: &Filter) -> Result<(Output, Self), Failure> {
        let beside = beside(path);
        if path.exists() {
            let said = if beside.exists() {
                "is an unfinished export: go on with --resume, or choose another file"
            } else {
                "is there already; choose another file"
            };
            return Err(format!("{} {said}", path.display()).into());
        }
        // First what the file will be about, for good; then the file.
        let mut about = private().create(true).truncate(true).write(true).open(&beside)?;
        about.write_all(&serde_json::to_vec(filter)?)?;
        about.sync_all()?;
        let file = private().create_new(true).write(true).open(path)?;
        let to = Box::new(BufWriter::new(file.try_clone()?));
        Ok((Output { to, digest: Sha256::new(), events: 0 }, Self { file, filter: beside }))
    }

    /// Goes on with a file; none if it is complete.
    ///
    /// The file alone tells where. Its last commit may be there in part, with its last line in the middle, so
    /// its lines are taken off, and the export goes on behind the commit before: nothing twice, and nothing
    /// left out.
    pub(super) fn resume(path: &Path, filter: &Filter) -> Result<Option<(Output, Self, Start)>, Failure> {
        let beside = beside(path);
        if !path.exists() {
            return Self::begin(path, filter).map(|(output, unfinished)| Some((output, unfinished, None)));
        }
        let file = OpenOptions::new().read(true).write(true).open(path)?;
        let kept =
            Kept::of(&file).map_err(|why| format!("{}: {why}; export to another file", path.display()))?;
        let Some(kept) = kept else {
            // It ended between the last line and the very end.
            drop(fs::remove_file(&beside));
            return Ok(None);
        };
        let about = fs::read(&beside).ok().and_then(|about| serde_json::from_slice::<Filter>(&about).ok());
        if about.as_ref() != Some(filter) {
            let path = path.display();
            return Err(format!(
                "{path} was begun with other filters, or is no unfinished export; export to another file"
            )
            .into());
        }
        file.set_len(kept.bytes)?;
        let mut end = file.try_clone()?;
        end.seek(SeekFrom::End(0))?;
        let output = Output { to: Box::new(BufWriter::new(end)), digest: kept.digest, events: kept.events };
        Ok(Some((output, Self { file, filter: beside }, kept.start)))
    }

    /// Once the last line is written: makes sure of it, and takes away the sign that it is missing.
    pub(super) fn complete(self) -> Result<(), Failure> {
        self.file.sync_all()?;
        Ok(fs::remove_file(self.filter)?)
    }
}

/// What an interrupted export keeps: the commits before the last one that has a line.
#[derive(Clone, Default)]
struct Kept {
    digest: Sha256,
    events: u64,
    bytes: u64,
    start: Start,
}

impl Kept {
    /// None for a complete export.
    fn of(file: &File) -> Result<Option<Self>, NoLine> {
        let mut lines = Lines::of(BufReader::new(file));
        let (mut whole, mut all, mut last) = (Self::default(), Self::default(), None);
        loop {
            let line = match lines.next() {
                Ok(Some(Line::Event(line))) => line,
                Ok(Some(Line::End(_))) => return Ok(None),
                Ok(None) | Err(NoLine::Torn(_)) => return Ok(Some(whole)),
                Err(why) => return Err(why),
            };
            let stream = line.stream().map_err(|reason| lines.bad(reason))?;
            let commit = Some((stream, line.commit));
            if commit != last {
                whole = all.clone();
                // Behind the commit before it, whichever that is: commits are counted without a hole.
                whole.start = commit.clone().map(|(stream, number)| (stream, number.saturating_sub(1)));
                last = commit;
            }
            all.digest.update(lines.bytes());
            all.events += 1;
            all.bytes = lines.read;
        }
    }
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

/// The file beside an unfinished one.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".unfinished");
    name.into()
}
