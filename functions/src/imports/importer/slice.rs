use aws_sdk_dynamodb::error::BoxError;
use chrono::{DateTime, TimeDelta, Utc};
use domain::Caller;
use infra_aws::{documents::Document, views::ViewError};

use super::{Held, Importer, Left, MAX_RACES, pace::Pace};
use crate::{
    http::Problem,
    imports::{Job, State, reader::Reading, store::Verdicts, verdict::Verdict},
};

/// Rows that are begun at a time; at a low rate those of a second.
const MOST_ROWS_OF_A_BATCH: u32 = 25;

/// For so long a batch may go on when its slice is over; then it is left to the next worker as it is.
const OVERTIME: TimeDelta = TimeDelta::seconds(2);

/// A chunk that is worked off.
struct Open {
    first: u32,
    rows: Vec<Reading>,
    /// As far as there are any.
    verdicts: Document<Verdicts>,
}

impl Job {
    /// The same, with the next rows begun, unless no more are to be.
    pub(super) fn beginning(self) -> Self {
        if self.state != State::Running || self.begun > self.done {
            return self;
        }
        let batch = self.asked.rate_per_second.clamp(1, MOST_ROWS_OF_A_BATCH);
        Self { begun: (self.done + batch).min(self.rows), ..self }
    }
}

impl Importer {
    /// Works on an import, batch by batch, until it is over or `stop_at` has come.
    pub(super) async fn work(
        &self,
        held: &mut Held,
        mut standing: Result<Caller, Problem>,
        stop_at: DateTime<Utc>,
    ) -> Result<Left, BoxError> {
        let job = &held.job.content;
        let mut pace = Pace::new(&self.imports.clock, job.asked.rate_per_second, job.done > 0);
        let mut open = None;
        loop {
            let job = &held.job.content;
            let chunk = match open.take() {
                Some(open) => Some(open),
                None if job.begun > job.done => self.open(job).await?,
                None => None,
            };
            let lost = chunk.is_none() && job.begun > job.done;
            let (verdicts, chunk) = match chunk {
                Some(mut chunk) => {
                    let verdicts = self.batch(job, &mut chunk, &standing, &mut pace, stop_at).await?;
                    (verdicts, Some(chunk))
                }
                None => (Vec::new(), None),
            };
            standing = self.judge(job).await?;
            let is_late = self.imports.now() >= stop_at;
            let worked_since = held.job.content.updated_at;
            let next = |job: Job| {
                let job = job.advanced(&verdicts);
                let job = match &chunk {
                    Some(open) if open.is_done(&job) => Job { chunk: job.done + 1, ..job },
                    Some(_) | None => job,
                };
                self.next(job, &standing, lost, is_late, worked_since)
            };
            if !self.advance(held, next).await? {
                return Ok(Left::NotMine);
            }
            let job = &held.job.content;
            match chunk {
                Some(chunk) if chunk.first < job.chunk => {
                    self.imports.store.remove_rows(job, chunk.first).await?;
                }
                chunk => open = chunk,
            }
            if job.state.is_over() {
                return Ok(Left::Over);
            }
            if job.lease.is_none() {
                return Ok(Left::OutOfTime);
            }
        }
    }

    /// The chunk with the next row, if it is there.
    async fn open(&self, job: &Job) -> Result<Option<Open>, ViewError> {
        let first = job.chunk;
        let Some(rows) = self.imports.store.rows(job, first).await? else { return Ok(None) };
        let mut verdicts = self.imports.store.verdicts(job, first).await?;
        // Of what the job does not know, nobody was told.
        verdicts.content.verdicts.truncate((job.done + 1 - first) as usize);
        Ok(Some(Open { first, rows, verdicts }))
    }

    /// Works on the rows of a chunk that were begun, as far as there is time, and writes what became of them.
    async fn batch(
        &self,
        job: &Job,
        open: &mut Open,
        standing: &Result<Caller, Problem>,
        pace: &mut Pace<'_>,
        stop_at: DateTime<Utc>,
    ) -> Result<Vec<Verdict>, BoxError> {
        let mut verdicts = Vec::new();
        for row in job.done + 1..=job.begun {
            let Some(reading) = open.rows.get((row - open.first) as usize) else { break };
            let verdict = match standing {
                Ok(caller) => {
                    if matches!(reading, Reading::User(_)) {
                        pace.next().await;
                    }
                    Box::pin(self.judge_row(job, row, reading, caller)).await
                }
                Err(refused) => self.look_at_row(job, row, reading, refused).await,
            };
            verdicts.push(verdict.map_err(|problem| problem.kind.title)?);
            if self.imports.now() >= stop_at + OVERTIME {
                break;
            }
        }
        if !verdicts.is_empty() {
            open.verdicts.content.verdicts.extend(verdicts.iter().cloned());
            open.verdicts = self.imports.store.put_verdicts(job, open.verdicts.clone()).await?;
        }
        Ok(verdicts)
    }

    /// What becomes of an import whose last batch has its verdicts.
    fn next(
        &self,
        job: Job,
        standing: &Result<Caller, Problem>,
        lost: bool,
        is_late: bool,
        worked_since: DateTime<Utc>,
    ) -> Job {
        let now = self.imports.now();
        let worked_ms = job.worked_ms + (now - worked_since).num_milliseconds().unsigned_abs();
        let job = Job { updated_at: now, worked_ms, ..job };
        if lost {
            return job.ended(State::Stopped, Some("rows-expired".into()), now);
        }
        if job.done >= job.rows {
            return job.ended(State::Done, None, now);
        }
        let rests = job.done >= job.begun;
        match standing {
            _ if rests && job.state == State::Cancelling => job.ended(State::Cancelled, None, now),
            Err(problem) if rests => job.ended(State::Stopped, Some(problem.kind.code.into()), now),
            Ok(_) | Err(_) if is_late => Job { lease: None, ..job },
            Ok(_) => job.beginning().renewed(now),
            Err(_) => job.renewed(now),
        }
    }

    /// Writes what is next; whether the import is still this worker's.
    async fn advance(&self, held: &mut Held, next: impl Fn(Job) -> Job) -> Result<bool, BoxError> {
        for _ in 0..MAX_RACES {
            let advanced = next(held.job.content.clone());
            match self.imports.store.replace_job(&held.job, advanced).await {
                Ok(job) => {
                    held.job = job;
                    return Ok(true);
                }
                Err(ViewError::Changed) => {}
                Err(error) => return Err(error.into()),
            }
            // Somebody has cancelled it, or has taken it over.
            let Job { tenant, id, .. } = &held.job.content;
            let found = self.imports.store.job(tenant, id).await?;
            let known = (held.job.content.attempt, held.job.content.done);
            let mine = found
                .filter(|it| it.content.is_of(&held.owner) && (it.content.attempt, it.content.done) == known);
            let Some(mine) = mine else { return Ok(false) };
            held.job = mine;
        }
        Err("the import changes all the time".into())
    }
}

impl Job {
    fn renewed(self, now: DateTime<Utc>) -> Self {
        match self.lease.clone() {
            Some(lease) => self.leased(&lease.owner, now),
            None => self,
        }
    }
}

impl Open {
    fn is_done(&self, job: &Job) -> bool {
        (job.done + 1 - self.first) as usize >= self.rows.len()
    }
}
