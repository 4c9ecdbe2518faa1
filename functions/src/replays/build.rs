use event_store::{Position, Segment, StreamId};
use futures_util::{FutureExt as _, StreamExt as _, TryStreamExt as _, future::BoxFuture, stream};
use infra_aws::views::{Rows, ViewError};
use projections::{ReadModel, Row};

use super::{
    Work, WorkError,
    segment::Counts,
    streams::{Folded, Streams},
};
use crate::projector::Projector;

/// Rows that are being written at a time.
const WRITES: usize = 16;
/// Writers of one row are few: this one, and the projector.
const MAX_RACES: usize = 5;

/// Builds the rows of a generation from a segment of the events: each is folded in memory and written once.
pub(crate) struct Build<R: ReadModel> {
    projector: Projector,
    rows: Rows<R>,
    segment: Segment,
    streams: Streams<R>,
}

/// What became of a row.
enum Written {
    Written,
    /// The projector was faster, and further.
    Ahead,
}

impl<R: ReadModel> Build<R> {
    /// `projector`: which sets aside what cannot be applied, here as there.
    pub(crate) fn new(projector: Projector, rows: Rows<R>, segment: Segment) -> Self {
        let streams = Streams::new(projector.clock.now());
        Self { projector, rows, segment, streams }
    }

    async fn read(
        &mut self,
        after: Option<&str>,
        limit: i32,
        counts: &mut Counts,
    ) -> Result<Option<String>, WorkError> {
        let page =
            self.projector.events.scan_page(self.segment, position(after)?.as_ref(), Some(limit)).await?;
        let next = page.next.map(|next| next.to_string());
        self.streams.begin(after);
        let ended: Vec<_> = page.commits.into_iter().filter_map(|commit| self.streams.feed(commit)).collect();
        let last = if next.is_none() { self.streams.close() } else { None };
        self.write(ended.into_iter().chain(last), counts).await?;
        self.streams.end(next.as_deref());
        counts.items += page.items as u64;
        counts.read_units += page.cost.read_units;
        Ok(next)
    }

    async fn write(
        &self,
        streams: impl Iterator<Item = Folded<R::View>>,
        counts: &mut Counts,
    ) -> Result<(), WorkError> {
        let writes = stream::iter(streams).map(|folded| self.complete(folded).boxed());
        let mut writes = writes.buffer_unordered(WRITES);
        while let Some((commits, parked, written)) = writes.try_next().await? {
            counts.streams += 1;
            counts.commits += commits;
            counts.parked += u64::from(parked);
            match written {
                Some(Written::Written) => counts.rows += 1,
                Some(Written::Ahead) => counts.ahead += 1,
                None => {}
            }
        }
        Ok(())
    }

    /// Writes the row of a stream: how many commits were met, whether one of them cannot be applied, and what
    /// became of the row, if there is any.
    async fn complete(&self, mut folded: Folded<R::View>) -> Result<(u64, bool, Option<Written>), WorkError> {
        if !folded.is_whole {
            folded.read_on::<R>(&self.projector.events).await?;
        }
        if let Some(poison) = &folded.poison {
            self.projector.park(&self.rows, &folded.stream, poison).await?;
        }
        let is_empty = folded.row.version == 0;
        let written = if is_empty { None } else { Some(self.put(&folded.stream, &folded.row).await?) };
        Ok((folded.commits, folded.poison.is_some(), written))
    }

    /// Writes the row unless the one that is there has come further. Nobody else knows of most of them yet, so
    /// nothing is read first.
    async fn put(&self, stream: &StreamId, row: &Row<R::View>) -> Result<Written, ViewError> {
        let mut read = Row::default();
        for _ in 0..MAX_RACES {
            match self.rows.store(stream.tenant(), stream.id(), row, &read).await {
                Ok(()) => return Ok(Written::Written),
                Err(ViewError::Changed) => read = self.rows.load(stream.tenant(), stream.id()).await?,
                Err(error) => return Err(error),
            }
            if read.version >= row.version {
                return Ok(Written::Ahead);
            }
        }
        Err(ViewError::Changed)
    }
}

impl<R: ReadModel> Work for Build<R> {
    fn page<'a>(
        &'a mut self,
        after: Option<&'a str>,
        limit: i32,
        counts: &'a mut Counts,
    ) -> BoxFuture<'a, Result<Option<String>, WorkError>> {
        self.read(after, limit, counts).boxed()
    }

    fn settle<'a>(&'a mut self, counts: &'a mut Counts) -> BoxFuture<'a, Result<(), WorkError>> {
        async move {
            let Some(mut folded) = self.streams.close() else { return Ok(()) };
            // The rest of the stream is behind the page: so a stream of any length comes to an end.
            folded.read_on::<R>(&self.projector.events).await?;
            if folded.poison.is_none() {
                self.streams.completed(&folded.stream, folded.row.version);
            }
            self.write([folded].into_iter(), counts).await
        }
        .boxed()
    }

    fn checkpoint(&self) -> Option<String> {
        self.streams.checkpoint()
    }
}

/// A checkpoint of the events.
pub(super) fn position(text: Option<&str>) -> Result<Option<Position>, WorkError> {
    text.map(|text| text.parse().map_err(|_| WorkError::Checkpoint(text.into()))).transpose()
}
