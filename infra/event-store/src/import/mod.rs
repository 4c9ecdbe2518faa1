//! Streams that were written elsewhere, put into the table as they were.

mod error;
mod together;

use cqrs_es::Aggregate;

use crate::{
    Aggregates, Commit, StoreError, StreamId,
    backoff::Backoff,
    change::Change,
    cost::{Cost, Meter},
    draft::Draft,
    entry::Entry,
    item::{self, Item, SNAPSHOT},
    position::Position,
    size::item_size,
};

pub use error::ImportError;
use together::Together;

/// A transaction has a hundred items at most,
const MOST_ITEMS: usize = 100;
/// and four megabytes; the claims and rosters are small beside them.
const MOST_BYTES: usize = 3 << 20;

/// A stream on its way into the table; see [`Aggregates::import`].
pub struct Import<A> {
    aggregates: Aggregates<A>,
    stream: StreamId,
    is_rehearsal: bool,
    position: Position<A>,
    /// Judged, and not written yet.
    pending: Vec<(Commit, Item)>,
    bytes: usize,
    done: Imported,
    meter: Meter,
}

/// What became of a stream.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Imported {
    /// How many commits were written, or would be.
    pub written: usize,
    /// How many were there already, identical.
    pub present: usize,
    /// Of all requests together.
    pub cost: Cost,
}

impl<A: Aggregate + Clone> Aggregates<A> {
    /// Begins to put a stream into the table, commit by commit, exactly as it was: ids, times, metadata,
    /// command ids and events as they were recorded. Claims and rosters are those that the last state tells
    /// of; those that came and went on the way are not gone through again, so that the order of the streams
    /// does not matter. Snapshots stand where the store itself, remembering the stream, would write them, and
    /// are of the state version of today.
    ///
    /// Nobody may write to the stream meanwhile. Up to a hundred items, claims and rosters included, and three
    /// megabytes, it appears at once: one transaction. What is longer takes several, and whoever acts on a
    /// stream that is there in part acts on an old state; its next commit is then in the way, and the import
    /// ends in [`ImportError::Differs`].
    ///
    /// An import that ended in the middle, however, is begun anew with the same commits: those that are there
    /// already are compared and left alone. The last commit, claims and rosters are one transaction, so that
    /// a stream whose last commit is there is there as a whole; its claims are not taken again, even if the
    /// stream has gone on since.
    #[must_use]
    pub fn import(&self, stream: StreamId) -> Import<A> {
        Import {
            aggregates: self.clone(),
            stream,
            is_rehearsal: false,
            position: Position::start(),
            pending: Vec::new(),
            bytes: 0,
            done: Imported::default(),
            meter: Meter::default(),
        }
    }

    /// The same, judging each commit and sending nothing: no request is made.
    #[must_use]
    pub fn rehearse_import(&self, stream: StreamId) -> Import<A> {
        Import { is_rehearsal: true, ..self.import(stream) }
    }
}

impl<A: Aggregate + Clone> Import<A> {
    /// Takes the stream's next commit, and writes those before it when they are as many as one transaction
    /// takes.
    ///
    /// # Errors
    /// What is wrong with the commit; it was not written. Otherwise as for [`finish`](Self::finish).
    pub async fn push(&mut self, commit: Commit) -> Result<(), ImportError> {
        let item = self.admit(&commit)?;
        let bytes = item_size(&item);
        if self.pending.len() == MOST_ITEMS || self.bytes + bytes > MOST_BYTES {
            let pending = std::mem::take(&mut self.pending);
            self.write(pending, &[]).await?;
            self.bytes = 0;
        }
        self.bytes += bytes;
        self.pending.push((commit, item));
        Ok(())
    }

    /// Writes what is left, with the claims and rosters. Without it, the stream's end is missing.
    ///
    /// # Errors
    /// [`ImportError::Differs`] when a commit of that number is there and another one. [`ImportError::Store`]
    /// with [`StoreError::ClaimTaken`] when another stream holds a value that this one should, or with the
    /// errors of talking to DynamoDB.
    pub async fn finish(mut self) -> Result<Imported, ImportError> {
        let changes = self.aggregates.changes(&self.stream, &A::default(), &self.position.state)?;
        let mut pending = std::mem::take(&mut self.pending);
        let over = (pending.len() + changes.len()).saturating_sub(MOST_ITEMS);
        if over > 0 {
            let last = pending.split_off(over);
            self.write(std::mem::replace(&mut pending, last), &[]).await?;
        }
        self.write(pending, &changes).await?;
        Ok(Imported { cost: self.meter.total(), ..self.done })
    }

    /// The item of the stream's next commit.
    fn admit(&mut self, commit: &Commit) -> Result<Item, ImportError> {
        error::check(&self.stream, commit)?;
        let before = self.position.commit();
        if commit.number != before + 1 {
            return Err(ImportError::NotNext { commit: commit.number, after: before });
        }
        let window = self.position.window.clone();
        let entry = Entry::from_item(item::write(commit)).map_err(|reason| commit.corrupt(reason))?;
        let is_due = |snapshots: &crate::Snapshots| snapshots.is_due(commit.number, self.position.snapshot);
        let due = self.aggregates.snapshots.filter(is_due);
        self.aggregates.advance(&self.stream, &mut self.position, &entry)?;
        let snapshot = due.and_then(|snapshots| snapshots.take(&self.position.state, &window));
        let item = Draft { commit: commit.clone(), snapshot }.to_item()?;
        self.aggregates.arrived(&mut self.position, item.contains_key(SNAPSHOT));
        Ok(item)
    }

    async fn write(
        &mut self,
        mut commits: Vec<(Commit, Item)>,
        changes: &[Change],
    ) -> Result<(), ImportError> {
        if self.is_rehearsal {
            self.done.written += commits.len();
            return Ok(());
        }
        let Some(last) = commits.last().map(|(commit, _)| commit.clone()) else { return Ok(()) };
        let mut backoff = Backoff::new(last.id);
        while commits.last().is_some_and(|(commit, _)| commit.number == last.number) {
            let items: Vec<_> = commits.iter().map(|(_, item)| item.clone()).collect();
            match self.aggregates.store.write_together(&self.stream, items, changes, &self.meter).await? {
                Together::Written => {
                    self.done.written += commits.len();
                    return Ok(());
                }
                Together::Again(setback) => backoff.pause(setback).await?,
                Together::Present(present) => self.pass_over(&mut commits, present)?,
            }
        }
        // The last one is there, so the others were before it.
        match commits.first() {
            None => Ok(()),
            Some((missing, _)) => {
                Err(ImportError::Differs { stream: self.stream.clone(), commit: missing.number })
            }
        }
    }

    /// Takes out what is there already.
    fn pass_over(
        &mut self,
        commits: &mut Vec<(Commit, Item)>,
        present: Vec<(usize, Option<Item>)>,
    ) -> Result<(), ImportError> {
        // From the end, so that the places hold.
        for (place, item) in present.into_iter().rev() {
            let (commit, _) = commits.remove(place);
            if item.and_then(|item| Commit::from_item(&item).ok()).as_ref() != Some(&commit) {
                return Err(ImportError::Differs { stream: self.stream.clone(), commit: commit.number });
            }
            self.done.present += 1;
        }
        Ok(())
    }
}

impl<A> std::fmt::Debug for Import<A> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Import").field("stream", &self.stream).finish_non_exhaustive()
    }
}

impl From<crate::CorruptCommit> for ImportError {
    fn from(corrupt: crate::CorruptCommit) -> Self {
        Self::Store(StoreError::from(corrupt))
    }
}
