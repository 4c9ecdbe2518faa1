use chrono::{DateTime, Utc};
use event_store::{Commit, CorruptCommit, DynamoEventStore, Position, StreamId};
use infra_aws::views::Obstacle;
use projections::{Applied, ReadModel, Row};

use super::WorkError;
use crate::{
    fold::{catch_up, fold},
    projector::{obstacle, unreadable},
};

/// Puts the commits of a scan together to streams, and folds each while it is read: what is kept is one view.
pub(super) struct Streams<R: ReadModel> {
    open: Option<Folded<R::View>>,
    /// Behind the last commit that was read.
    behind: Option<String>,
    /// Behind the last stream that is complete.
    complete: Option<String>,
    /// What was committed before this must be in a row by now.
    due: DateTime<Utc>,
}

/// A stream as a scan has met it.
pub(super) struct Folded<V> {
    pub(super) stream: StreamId,
    pub(super) row: Row<V>,
    /// Commits that were met.
    pub(super) commits: u64,
    /// Whether the scan met it from its beginning on and without a gap. If not, the row is no good.
    pub(super) is_whole: bool,
    /// A commit that cannot be applied; nothing behind it is.
    pub(super) poison: Option<Obstacle>,
    /// The last commit that must be in a row by now.
    pub(super) due: u64,
}

impl<R: ReadModel> Streams<R> {
    pub(super) fn new(due: DateTime<Utc>) -> Self {
        Self { open: None, behind: None, complete: None, due }
    }

    /// A page begins here.
    pub(super) fn begin(&mut self, after: Option<&str>) {
        if self.open.is_none() {
            self.complete = after.map(Into::into);
        }
        self.behind = after.map(Into::into);
    }

    /// Takes the next commit; answers the stream before it, if it ended there.
    pub(super) fn feed(&mut self, commit: Result<Commit, CorruptCommit>) -> Option<Folded<R::View>> {
        let (stream, number) = match &commit {
            Ok(commit) => (commit.stream.clone(), commit.number),
            Err(corrupt) => (StreamId::parse(&corrupt.stream).ok()?, corrupt.commit),
        };
        let goes_on = self.open.as_ref().is_some_and(|open| open.stream == stream);
        let ended = if goes_on { None } else { self.close() };
        self.behind = Some(Position::of(&stream, number).to_string());
        if stream.kind() != R::SOURCE {
            self.complete.clone_from(&self.behind);
            return ended;
        }
        let open = self.open.get_or_insert_with(|| Folded {
            stream,
            row: Row::default(),
            commits: 0,
            is_whole: true,
            poison: None,
            due: 0,
        });
        open.take::<R>(commit, self.due);
        ended
    }

    /// The stream that is open ends here: another one follows, or the segment is over.
    pub(super) fn close(&mut self) -> Option<Folded<R::View>> {
        let ended = self.open.take();
        if ended.is_some() {
            self.complete.clone_from(&self.behind);
        }
        ended
    }

    /// The page ended here.
    pub(super) fn end(&mut self, next: Option<&str>) {
        if self.open.is_none() {
            self.complete = next.map(Into::into);
        }
    }

    /// As [`close`](Self::close), where the stream may go on behind the place that was reached: it is complete
    /// up to `commit`.
    pub(super) fn completed(&mut self, stream: &StreamId, commit: u64) {
        self.complete = Some(Position::of(stream, commit).to_string());
    }

    pub(super) fn checkpoint(&self) -> Option<String> {
        self.complete.clone()
    }
}

impl<V> Folded<V> {
    /// Folds in what the stream holds beyond what was met, as far as it can be applied.
    pub(super) async fn read_on<R: ReadModel<View = V>>(
        &mut self,
        events: &DynamoEventStore,
    ) -> Result<(), WorkError> {
        if self.poison.is_some() {
            return Ok(());
        }
        let (met, was_whole) = (self.row.version, self.is_whole);
        match catch_up::<R>(events, &self.stream, &mut self.row, u64::MAX).await {
            Ok(()) => self.is_whole = true,
            Err(error) => self.poison = Some(obstacle(error)?),
        }
        if was_whole {
            self.commits += self.row.version - met;
        }
        Ok(())
    }

    fn take<R: ReadModel<View = V>>(&mut self, commit: Result<Commit, CorruptCommit>, due: DateTime<Utc>) {
        self.commits += 1;
        if self.poison.is_some() {
            return;
        }
        let commit = match commit {
            Ok(commit) => commit,
            Err(corrupt) => {
                self.poison = Some(unreadable(&corrupt));
                return;
            }
        };
        if commit.at <= due {
            self.due = commit.number;
        }
        match fold::<R>(&mut self.row, std::slice::from_ref(&commit)) {
            Ok(Applied::Applied | Applied::Duplicate) => {}
            Ok(Applied::Gap) => self.is_whole = false,
            Err(error) => self.poison = obstacle(error).ok(),
        }
    }
}
