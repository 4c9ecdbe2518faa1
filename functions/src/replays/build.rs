use event_store::{Segment, StreamId};
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
        let streams = Streams::new(segment, projector.clock.now());
        Self { projector, rows, streams }
    }

    async fn write(
        &self,
        streams: impl IntoIterator<Item = Folded<R::View>>,
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
        async move {
            let (ended, next) = self.streams.page(&self.projector.events, after, limit, counts).await?;
            self.write(ended, counts).await?;
            Ok(next)
        }
        .boxed()
    }

    fn settle<'a>(&'a mut self, counts: &'a mut Counts) -> BoxFuture<'a, Result<(), WorkError>> {
        async move {
            let last = self.streams.settle(&self.projector.events).await?;
            self.write(last, counts).await
        }
        .boxed()
    }

    fn checkpoint(&self) -> Option<String> {
        self.streams.checkpoint()
    }
}
