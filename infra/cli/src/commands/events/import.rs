use std::{
    fs::File,
    io::{self, BufRead, BufReader},
    path::Path,
};

use event_store::{Commit, DynamoEventStore, Imported, Segment, StreamId};
use functions::commands::{Commands, StreamImport};
use futures_util::TryStreamExt as _;

use super::{
    lines::{BadLine, Commits, Numbered},
    store,
};
use crate::{Failure, arguments::Import};

/// How often progress is told, in streams.
const OFTEN: u64 = 100;

pub(super) async fn run(import: &Import) -> Result<(), Failure> {
    let events = store::open(&import.store).await?;
    let commands = store::commands(&import.store, &events).await?;
    let total = if import.file == Path::new("-") {
        if !is_empty(&events).await? {
            return Err(
                "the store is not empty; an import goes on from a file, not from standard input".into()
            );
        }
        walk(io::stdin().lock(), &commands, Way::Write).await?
    } else {
        let judged = walk(open(&import.file)?, &commands, Way::Rehearse).await?;
        if !is_empty(&events).await? {
            must_be_from(&import.file, &events).await?;
        }
        super::progress(format_args!("{} commits are good", judged.written));
        walk(open(&import.file)?, &commands, Way::Write).await?
    };
    let Total { streams, written, present } = total;
    crate::show::line(&format!(
        "{written} commits were written, {present} were there already; {streams} streams are imported."
    ))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Rehearse,
    Write,
}

#[derive(Clone, Copy, Default)]
struct Total {
    streams: u64,
    written: u64,
    present: u64,
}

impl Total {
    fn add(&mut self, imported: Imported) {
        self.streams += 1;
        self.written += imported.written as u64;
        self.present += imported.present as u64;
    }
}

fn open(path: &Path) -> Result<BufReader<File>, Failure> {
    let file = File::open(path).map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
    Ok(BufReader::new(file))
}

/// Goes through an export, one stream at a time.
async fn walk(from: impl BufRead, commands: &Commands, way: Way) -> Result<Total, Failure> {
    let (mut commits, mut total) = (Commits::of(from), Total::default());
    let mut current: Option<(StreamId, u64, StreamImport)> = None;
    while let Some((line, commit)) = commits.next()? {
        let is_same = current.as_ref().is_some_and(|(stream, ..)| *stream == commit.stream);
        if !is_same {
            finish(current.take(), &mut total).await?;
            let import = commands.import(commit.stream.clone(), way == Way::Rehearse);
            current = Some((commit.stream.clone(), line, import.map_err(|error| bad(line, &error))?));
            if way == Way::Write && total.streams.is_multiple_of(OFTEN) {
                super::progress(format_args!("{} streams, {} commits", total.streams, total.written));
            }
        }
        if let Some((_, last, import)) = &mut current {
            *last = line;
            import.push(commit).await.map_err(|error| bad(line, &error))?;
        }
    }
    finish(current, &mut total).await?;
    Ok(total)
}

async fn finish(current: Option<(StreamId, u64, StreamImport)>, total: &mut Total) -> Result<(), Failure> {
    if let Some((stream, line, import)) = current {
        let imported = import.finish().await;
        total.add(imported.map_err(|error| bad(line, &format!("{stream}: {error}")))?);
    }
    Ok(())
}

fn bad(number: u64, reason: &dyn ToString) -> BadLine {
    BadLine { number, reason: reason.to_string() }
}

/// Pulses, which the watchdog of a new backend has written by then, are no content.
async fn is_empty(events: &DynamoEventStore) -> Result<bool, Failure> {
    let mut after = None;
    loop {
        let page = events.scan_page(Segment::WHOLE, after.as_ref(), Some(1_000)).await?;
        if !page.commits.is_empty() {
            return Ok(false);
        }
        let Some(next) = page.next else { return Ok(true) };
        after = Some(next);
    }
}

/// A store that is not empty must be what an import of this file began: every commit in it is one of the
/// file, or follows the file's last one of its stream.
async fn must_be_from(path: &Path, events: &DynamoEventStore) -> Result<(), Failure> {
    let mut commits = Commits::of(open(path)?);
    let (mut known, mut next) = (0, commits.next()?);
    while let Some(first) = next {
        let (found, after) = compare(first, &mut commits, events).await?;
        known += found;
        next = after;
    }
    let (mut there, mut pages) = (0, std::pin::pin!(events.scan(Segment::WHOLE, None, super::PAGE)));
    while let Some(page) = pages.try_next().await? {
        there += page.commits.len() as u64;
    }
    if there == known && known > 0 {
        return Ok(());
    }
    Err(format!(
        "the store is not empty: {} of its {there} commits are not from {}; import into an empty one",
        there.saturating_sub(known),
        path.display()
    )
    .into())
}

/// Compares a stream of the file with that of the table; answers how many commits the table has of it, and
/// the file's next stream.
async fn compare(
    first: Numbered,
    file: &mut Commits<BufReader<File>>,
    events: &DynamoEventStore,
) -> Result<(u64, Option<Numbered>), Failure> {
    let stream = first.1.stream.clone();
    let (mut known, mut next) = (0, Some(first));
    let mut table = std::pin::pin!(events.commits(&stream, 0));
    while let Some(there) = table.try_next().await? {
        known += 1;
        if let Some((line, commit)) = next.take_if(|(_, commit)| commit.stream == stream) {
            same(line, &commit, &there)?;
            next = file.next()?;
        }
    }
    while next.as_ref().is_some_and(|(_, commit)| commit.stream == stream) {
        next = file.next()?;
    }
    Ok((known, next))
}

fn same(line: u64, commit: &Commit, there: &Commit) -> Result<(), Failure> {
    if commit == there {
        return Ok(());
    }
    let Commit { stream, number, .. } = commit;
    Err(format!("line {line}: commit {number} of {stream} is another one in the store, which is not empty")
        .into())
}
