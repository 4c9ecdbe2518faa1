use chrono::{DateTime, Utc};
use event_store::{Commit, CorruptCommit, DynamoEventStore, Position, Segment, StreamId};
use infra_aws::views::Obstacle;
use projections::{Applied, ReadModel, Row};

use super::{WorkError, segment::Counts};
use crate::{
    fold::{catch_up, fold},
    projector::{obstacle, unreadable},
};

/// Puts the commits of a scan together to streams, and folds each while it is read: what is kept is one view.
pub(super) struct Streams<R: ReadModel> {
    segment: Segment,
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
    pub(super) fn new(segment: Segment, due: DateTime<Utc>) -> Self {
        Self { segment, open: None, behind: None, complete: None, due }
    }

    /// Reads a page of at most `limit` items behind `after`: the streams that ended in it, and where to go on;
    /// `None` at the end of the segment.
    pub(super) async fn page(
        &mut self,
        events: &DynamoEventStore,
        after: Option<&str>,
        limit: i32,
        counts: &mut Counts,
    ) -> Result<(Vec<Folded<R::View>>, Option<String>), WorkError> {
        let page = events.scan_page(self.segment, position(after)?.as_ref(), Some(limit)).await?;
        counts.items += page.items as u64;
        counts.read_units += page.cost.read_units;
        let next = page.next.map(|next| next.to_string());
        self.begin(after);
        let mut ended: Vec<_> = page.commits.into_iter().filter_map(|commit| self.feed(commit)).collect();
        if next.is_none() {
            ended.extend(self.close());
        }
        if self.open.is_none() {
            self.complete.clone_from(&next);
        }
        Ok((ended, next))
    }

    /// Reads the stream that is open to its end: there is no time for another page, and so a stream of any length
    /// comes to an end. What is appended to it later is the projector's.
    pub(super) async fn settle(
        &mut self,
        events: &DynamoEventStore,
    ) -> Result<Option<Folded<R::View>>, WorkError> {
        let Some(mut open) = self.open.take() else { return Ok(None) };
        open.read_on::<R>(events).await?;
        self.complete = Some(Position::of(&open.stream, u64::MAX).to_string());
        Ok(Some(open))
    }

    fn begin(&mut self, after: Option<&str>) {
        if self.open.is_none() {
            self.complete = after.map(Into::into);
        }
        self.behind = after.map(Into::into);
    }

    /// Takes the next commit; answers the stream before it, if it ended there.
    fn feed(&mut self, commit: Result<Commit, CorruptCommit>) -> Option<Folded<R::View>> {
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
    fn close(&mut self) -> Option<Folded<R::View>> {
        let ended = self.open.take();
        if ended.is_some() {
            self.complete.clone_from(&self.behind);
        }
        ended
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

/// A checkpoint of the events.
fn position(text: Option<&str>) -> Result<Option<Position>, WorkError> {
    text.map(|text| text.parse().map_err(|_| WorkError::Checkpoint(text.into()))).transpose()
}
