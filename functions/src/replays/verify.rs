use chrono::{DateTime, TimeDelta, Utc};
use event_store::{DynamoEventStore, Segment, StreamId};
use futures_util::{FutureExt as _, StreamExt as _, TryStreamExt as _, future::BoxFuture, stream};
use infra_aws::views::{Rows, ViewError};
use projections::{ReadModel, Row};
use sha2::{Digest as _, Sha256};

use super::{
    Work, WorkError,
    segment::Counts,
    streams::{Folded, Streams},
};
use crate::fold::fold;

const READS: usize = 16;

/// What was committed so long before a generation was begun is in it, whatever clocks say; what came later may
/// still be on its way to the projector.
const ON_ITS_WAY: TimeDelta = TimeDelta::seconds(60);

/// Compares the rows of a generation with a fresh fold of a segment of the events.
pub(crate) struct Verify<R: ReadModel> {
    events: DynamoEventStore,
    rows: Rows<R>,
    live: Rows<R>,
    percent: u8,
    streams: Streams<R>,
}

/// What was found out about a row.
struct Verdict {
    stream: StreamId,
    commits: u64,
    compared: bool,
    parked: bool,
    wrong: Option<String>,
}

impl<R: ReadModel> Verify<R> {
    /// `begun`: when the generation was begun.
    pub(crate) fn new(
        events: DynamoEventStore,
        (rows, live): (Rows<R>, Rows<R>),
        segment: Segment,
        percent: u8,
        begun: DateTime<Utc>,
    ) -> Self {
        Self { events, rows, live, percent, streams: Streams::new(segment, begun - ON_ITS_WAY) }
    }

    async fn judge_all(
        &self,
        streams: impl IntoIterator<Item = Folded<R::View>>,
        counts: &mut Counts,
    ) -> Result<(), WorkError> {
        let verdicts = stream::iter(streams).map(|folded| self.judge(folded).boxed());
        let mut verdicts = verdicts.buffer_unordered(READS);
        while let Some(verdict) = verdicts.try_next().await? {
            counts.streams += 1;
            counts.commits += verdict.commits;
            counts.compared += u64::from(verdict.compared);
            counts.parked += u64::from(verdict.parked);
            if let Some(wrong) = verdict.wrong {
                tracing::error!(projection = R::NAME, stream = %verdict.stream, wrong, "a row is not as it should be");
                counts.mismatch(&verdict.stream, wrong);
            }
        }
        Ok(())
    }

    async fn judge(&self, folded: Folded<R::View>) -> Result<Verdict, WorkError> {
        let compared = is_sampled(&folded.stream, self.percent);
        let wrong = self.wrong(&folded, compared).await?;
        let Folded { stream, commits, poison, .. } = folded;
        Ok(Verdict { stream, commits, compared, parked: poison.is_some(), wrong })
    }

    /// What is wrong with the row of a stream, if anything is.
    async fn wrong(&self, folded: &Folded<R::View>, compare: bool) -> Result<Option<String>, WorkError> {
        let (tenant, id) = (folded.stream.tenant(), folded.stream.id());
        // The live one first: it is never ahead of the other.
        let live = match self.live.load(tenant, id).await {
            Ok(row) => row.version,
            Err(ViewError::Unreadable { .. }) => 0,
            Err(error) => return Err(error.into()),
        };
        let row = match self.rows.load(tenant, id).await {
            Ok(row) => row,
            Err(ViewError::Unreadable { reason, .. }) => {
                return Ok(Some(format!("it cannot be read: {reason}")));
            }
            Err(error) => return Err(error.into()),
        };
        let due = if folded.poison.is_some() { folded.row.version } else { folded.due };
        if row.version < due || row.version < live {
            let behind = format!("it has {} commits of {}", row.version, due.max(live));
            return Ok(Some(behind));
        }
        if !compare || row.version == 0 {
            return Ok(None);
        }
        let fresh = self.fresh(folded, row.version).await?;
        let differs = fresh.is_none_or(|fresh| json::<R>(&fresh.view) != json::<R>(&row.view));
        Ok(differs.then(|| format!("it differs from a fresh fold of {} commits", row.version)))
    }

    /// The stream folded up to this commit; `None` if it does not go so far.
    async fn fresh(&self, folded: &Folded<R::View>, version: u64) -> Result<Option<Row<R::View>>, WorkError> {
        if folded.is_whole && folded.row.version == version {
            return Ok(Some(folded.row.clone()));
        }
        let (mut row, mut commits) = (Row::default(), self.events.commits(&folded.stream, 0).boxed());
        while row.version < version {
            let Some(commit) = commits.try_next().await? else { return Ok(None) };
            fold::<R>(&mut row, &[commit])?;
        }
        Ok(Some(row))
    }
}

impl<R: ReadModel> Work for Verify<R> {
    fn page<'a>(
        &'a mut self,
        after: Option<&'a str>,
        limit: i32,
        counts: &'a mut Counts,
    ) -> BoxFuture<'a, Result<Option<String>, WorkError>> {
        async move {
            let (ended, next) = self.streams.page(&self.events, after, limit, counts).await?;
            self.judge_all(ended, counts).await?;
            Ok(next)
        }
        .boxed()
    }

    fn settle<'a>(&'a mut self, counts: &'a mut Counts) -> BoxFuture<'a, Result<(), WorkError>> {
        async move {
            let last = self.streams.settle(&self.events).await?;
            self.judge_all(last, counts).await
        }
        .boxed()
    }

    fn checkpoint(&self) -> Option<String> {
        self.streams.checkpoint()
    }
}

/// The same streams each time, spread evenly.
fn is_sampled(stream: &StreamId, percent: u8) -> bool {
    let hash = Sha256::digest(stream.to_string());
    u16::from_be_bytes([hash[0], hash[1]]) % 100 < u16::from(percent)
}

/// As it is stored: views need not be comparable.
fn json<R: ReadModel>(view: &R::View) -> Option<serde_json::Value> {
    serde_json::to_value(view).ok()
}
