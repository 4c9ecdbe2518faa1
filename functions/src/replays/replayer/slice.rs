use std::time::Duration;

use aws_sdk_dynamodb::error::BoxError;
use chrono::{DateTime, TimeDelta, Utc};

use super::{Held, Left, Replayer};
use crate::replays::{
    Job,
    segment::{LEASE, Lease},
};

/// How often a checkpoint is written, and the job looked at.
const CHECKPOINT_EVERY: TimeDelta = TimeDelta::seconds(1);
/// Items in a page; DynamoDB ends it at a megabyte.
const PAGE: u32 = 1_000;

impl Replayer {
    /// Works on a segment, page by page, until it is done or `stop_at` has come.
    pub(super) async fn work(
        &self,
        job: &Job,
        held: &mut Held,
        stop_at: DateTime<Utc>,
    ) -> Result<Left, BoxError> {
        let mut work = self.worker(job, held)?;
        let mut cursor = held.document.content.checkpoint.clone();
        let mut counts = held.document.content.counts.clone();
        let (mut pace, mut checked_at) = (self.pace(job).await?, self.replays.now());
        loop {
            let (began, read) = (self.replays.now(), counts.items);
            let next = work.page(cursor.as_deref(), pace.page(), &mut counts).await?;
            pace.wait(counts.items - read, self.replays.now() - began).await;
            let now = self.replays.now();
            let (at_end, over) = (next.is_none(), now >= stop_at);
            if at_end || over {
                work.settle(&mut counts).await?;
            }
            if at_end || over || pace.is_slow() || now - checked_at >= CHECKPOINT_EVERY {
                let progress = &mut held.document.content;
                progress.checkpoint = work.checkpoint().or(progress.checkpoint.take());
                progress.counts.clone_from(&counts);
                progress.worked_ms += (now - progress.updated_at).num_milliseconds().unsigned_abs();
                progress.updated_at = now;
                progress.done = at_end;
                let lease = Lease { owner: held.owner.clone(), until: now + LEASE };
                progress.lease = (!at_end && !over).then_some(lease);
                if !self.keep(job, held).await? {
                    return Ok(Left::NotMine);
                }
                let Some(job) = self.replays.find(&job.id).await? else { return Ok(Left::NotMine) };
                if job.content.state.phase() != Some(held.document.content.phase) {
                    self.release(&job.content, held).await?;
                    return Ok(Left::NotMine);
                }
                pace = self.pace(&job.content).await?;
                checked_at = now;
            }
            if at_end {
                return Ok(Left::Done);
            }
            if over {
                return Ok(Left::OutOfTime);
            }
            cursor = next;
        }
    }

    /// How fast a worker may be: segments that are not done share what the job may read.
    async fn pace(&self, job: &Job) -> Result<Pace, BoxError> {
        let Some(limit) = job.rate_limit else { return Ok(Pace(None)) };
        let progress = self.replays.progress(job).await?;
        let of_phase = progress.iter().filter(|one| Some(one.phase) == job.state.phase());
        let done = u32::try_from(of_phase.filter(|one| one.done).count()).unwrap_or(u32::MAX);
        Ok(Pace(Some((limit / job.segments.saturating_sub(done).max(1)).max(1))))
    }
}

/// Items a second.
#[derive(Clone, Copy)]
struct Pace(Option<u32>);

impl Pace {
    /// What is read at a time: a second's worth, so that a change is heard of in time.
    fn page(self) -> i32 {
        self.0.map_or(PAGE, |rate| rate.min(PAGE)).try_into().unwrap_or(i32::MAX)
    }

    /// Whether a page takes about a second.
    fn is_slow(self) -> bool {
        self.0.is_some()
    }

    async fn wait(self, items: u64, took: TimeDelta) {
        let Some(rate) = self.0 else { return };
        let due = Duration::from_millis(items * 1_000 / u64::from(rate));
        tokio::time::sleep(due.saturating_sub(took.to_std().unwrap_or_default())).await;
    }
}
