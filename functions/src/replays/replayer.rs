use std::time::Duration;

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use aws_sdk_dynamodb::error::BoxError;
use chrono::{DateTime, TimeDelta, Utc};
use event_store::Segment;
use infra_aws::{
    documents::Document,
    logs::chain,
    views::{FRESH_FOR, ViewError},
};

use super::{
    Job, Phase, Progress, Replays, State, Work,
    desk::SWITCH_AFTER,
    message::ReplayMessage,
    segment::{LEASE, Lease},
    sweep::Sweep,
};
use crate::read_models;

/// For so long a worker stays at a segment; then it sends the segment out again, and whoever is free goes on.
const SLICE: TimeDelta = TimeDelta::seconds(10);
/// What a page and a checkpoint may take at the end of an invocation.
const TIME_FOR_A_PAGE: TimeDelta = TimeDelta::seconds(5);
/// How often a checkpoint is written, and the job looked at.
const CHECKPOINT_EVERY: TimeDelta = TimeDelta::seconds(1);
/// Items in a page; DynamoDB ends it at a megabyte.
const PAGE: u32 = 1_000;
/// Before a message that failed is delivered again.
const RETRY: Duration = Duration::from_secs(5);

/// The function.
#[derive(Clone, Debug)]
pub struct Replayer {
    replays: Replays,
}

/// A segment that this worker has.
struct Held {
    document: Document<Progress>,
    owner: String,
}

/// Why a worker leaves a segment.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Left {
    /// It is done.
    Done,
    /// There is no time left.
    OutOfTime,
    /// The job is elsewhere by now, or somebody else has the segment.
    NotMine,
}

impl Replayer {
    #[must_use]
    pub fn new(replays: Replays) -> Self {
        Self { replays }
    }

    /// Works on the segments of a batch, one after the other.
    pub async fn handle(&self, event: SqsEvent, deadline: Option<DateTime<Utc>>) -> SqsBatchResponse {
        // Some runtimes for development tell a time limit of 1970.
        let deadline = deadline.filter(|deadline| *deadline > self.replays.now());
        let mut again = Vec::new();
        for message in &event.records {
            if let Err(error) = self.settle(message, deadline).await {
                tracing::warn!(error = chain(&*error), "a replay goes on later");
                again.push(message);
            }
        }
        let handles = again.iter().filter_map(|message| Some((message.receipt_handle.clone()?, RETRY)));
        self.replays.queue.put_off(&handles.collect::<Vec<_>>()).await;
        let mut response = SqsBatchResponse::default();
        response.batch_item_failures = again.into_iter().map(failure).collect();
        response
    }

    async fn settle(&self, message: &SqsMessage, deadline: Option<DateTime<Utc>>) -> Result<(), BoxError> {
        let body = message.body.as_deref().unwrap_or_default();
        let ReplayMessage { job, segment } = serde_json::from_str(body)?;
        let Some(job) = self.replays.find(&job).await? else { return Err(format!("no replay {job}").into()) };
        let (Some(phase), Some(segment)) = (job.content.state.phase(), segment) else {
            return self.go_on(job).await;
        };
        // Deliveries of one message are told apart: one that died must not be taken for this one.
        let count = message.attributes.get("ApproximateReceiveCount").map_or("", String::as_str);
        let owner = format!("{}/{count}", message.message_id.as_deref().unwrap_or_default());
        let stop_at = self.replays.now() + SLICE;
        let stop_at = deadline.map_or(stop_at, |deadline| stop_at.min(deadline - TIME_FOR_A_PAGE));
        self.work_on(&job.content, phase, segment, owner, stop_at).await
    }

    async fn work_on(
        &self,
        job: &Job,
        phase: Phase,
        segment: u32,
        owner: String,
        stop_at: DateTime<Utc>,
    ) -> Result<(), BoxError> {
        if !self.is_kept(job).await? {
            return Ok(());
        }
        let Some(mut held) = self.take(job, phase, segment, owner).await? else { return Ok(()) };
        let left = if held.document.content.done {
            Left::Done
        } else {
            let worked = self.work(job, &mut held, stop_at).await;
            // Whoever comes next need not wait for the lease to end.
            if worked.is_err() {
                drop(self.release(job, &mut held).await);
            }
            worked?
        };
        match left {
            Left::NotMine => Ok(()),
            Left::OutOfTime => self.send_again(job, segment).await,
            Left::Done => match self.replays.find(&job.id).await? {
                // The message was for the phase that has begun since the job was read: it came before the job said so.
                Some(next) if next.content.state.phase().is_some_and(|next| next != phase) => {
                    self.send_again(job, segment).await
                }
                Some(job) => self.go_on(job).await,
                None => Ok(()),
            },
        }
    }

    async fn send_again(&self, job: &Job, segment: u32) -> Result<(), BoxError> {
        let message = ReplayMessage { job: job.id.clone(), segment: Some(segment) };
        Ok(self.replays.queue.send(&[message.to_body()]).await?)
    }

    /// Whether the projector keeps the generation that the job builds: without that, commits would be missed. A
    /// generation that is given up is kept no longer.
    async fn is_kept(&self, job: &Job) -> Result<bool, BoxError> {
        if job.given_up().is_some() {
            self.replays.give_up_generation(job).await?;
            return Ok(true);
        }
        let generations = self.replays.views.models().await?.of(&job.projection);
        let is_kept = generations.written().any(|generation| generation == job.generation());
        if !is_kept {
            tracing::error!(replay = job.id, "the projector does not write the generation of this replay");
        }
        Ok(is_kept)
    }

    /// Takes the segment, unless somebody else has it: their own message leads on.
    async fn take(
        &self,
        job: &Job,
        phase: Phase,
        segment: u32,
        owner: String,
    ) -> Result<Option<Held>, BoxError> {
        let (documents, name, now) =
            (&self.replays.documents, Progress::name(phase, segment), self.replays.now());
        let found = documents.get::<Progress>(&job.collection(), &name).await?;
        let taken = match found {
            Some(found) if found.content.done => Ok(found),
            Some(found) if found.content.is_taken(now) => return Ok(None),
            Some(found) => {
                let content = found.content.clone().taken(&owner, now);
                documents.replace(&job.collection(), Document { content, ..found }).await
            }
            None => {
                let progress = Progress::new(phase, segment, now).taken(&owner, now);
                documents.create(&job.collection(), &name, progress).await
            }
        };
        match taken {
            Ok(document) => Ok(Some(Held { document, owner })),
            Err(ViewError::Changed) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn work(&self, job: &Job, held: &mut Held, stop_at: DateTime<Utc>) -> Result<Left, BoxError> {
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

    fn worker(&self, job: &Job, held: &Held) -> Result<Box<dyn Work>, BoxError> {
        let Progress { phase, segment, .. } = &held.document.content;
        let model = read_models::of_name(&job.projection);
        let model = model.ok_or_else(|| format!("there is no projection {} any more", job.projection))?;
        let part = Segment::new(*segment, job.segments)?;
        let replaced = projections::Generation(job.replaces);
        Ok(match phase {
            Phase::Build => model.build(&self.replays, job.generation(), part),
            Phase::Verify => {
                let generations = (job.generation(), replaced);
                model.verify(&self.replays, generations, part, job.verify_percent, job.started_at)
            }
            Phase::Sweep => Box::new(Sweep {
                views: self.replays.views.clone(),
                model: job.projection.clone(),
                generation: job.given_up().ok_or("nothing is given up")?,
                segment: (*segment, job.segments),
                swept: None,
            }),
        })
    }

    /// Writes a checkpoint; whether the segment is still this worker's.
    async fn keep(&self, job: &Job, held: &mut Held) -> Result<bool, BoxError> {
        match self.replays.documents.replace(&job.collection(), held.document.clone()).await {
            Ok(document) => {
                held.document = document;
                Ok(true)
            }
            Err(ViewError::Changed) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    async fn release(&self, job: &Job, held: &mut Held) -> Result<(), BoxError> {
        held.document.content.lease = None;
        self.keep(job, held).await.map(drop)
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

impl Replayer {
    /// Takes a job to its next state, if what it waits for has come.
    async fn go_on(&self, job: Document<Job>) -> Result<(), BoxError> {
        match job.content.state {
            State::Building | State::Verifying | State::Cancelling | State::Finishing => {
                self.end_phase(job).await
            }
            State::Promoting | State::RollingBack => self.switch(job).await,
            // Whoever verified it died before they could promote it.
            State::Verified if job.content.promote => {
                self.replays.promote(&job.content.id).await?;
                Ok(())
            }
            State::Verified
            | State::Mismatched
            | State::Promoted
            | State::RolledBack
            | State::Cancelled
            | State::Finished => Ok(()),
        }
    }

    async fn end_phase(&self, job: Document<Job>) -> Result<(), BoxError> {
        let progress = self.replays.progress(&job.content).await?;
        let phase = job.content.state.phase();
        let of_phase: Vec<_> = progress.into_iter().filter(|one| Some(one.phase) == phase).collect();
        let done = of_phase.iter().filter(|one| one.done).count();
        if done < usize::try_from(job.content.segments)? {
            return Ok(());
        }
        let (now, content) = (self.replays.now(), job.content.clone());
        let next = match content.state {
            State::Building => {
                let next = content.turned(State::Verifying, now);
                // Before the job says so: whoever is too early comes here, and takes it on.
                self.replays.send_segments(&next).await?;
                next
            }
            State::Verifying => verified(content, &of_phase, now),
            State::Cancelling => content.turned(State::Cancelled, now),
            State::Finishing => content.turned(State::Finished, now),
            State::Verified
            | State::Mismatched
            | State::Promoting
            | State::Promoted
            | State::RollingBack
            | State::RolledBack
            | State::Cancelled
            | State::Finished => return Ok(()),
        };
        let promote = next.state == State::Verified && next.promote;
        tracing::info!(replay = next.id, state = next.state.as_str(), "replay");
        let id = next.id.clone();
        match self.replays.replace(job, next).await {
            Ok(_) if promote => {
                self.replays.promote(&id).await?;
                Ok(())
            }
            Ok(_) | Err(super::Refused::Changed) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Moves the pointer, once every reader must have heard that it moves.
    async fn switch(&self, job: Document<Job>) -> Result<(), BoxError> {
        let (now, content) = (self.replays.now(), job.content.clone());
        let (to, state) = if content.state == State::Promoting {
            (content.generation(), State::Promoted)
        } else {
            (projections::Generation(content.replaces), State::RolledBack)
        };
        let generations = self.replays.views.models().await?.of(&content.projection);
        if generations.live != to {
            let Some(announced_at) = content.announced_at.filter(|_| generations.switching) else {
                self.replays.announce(job).await?;
                return Ok(());
            };
            if now < announced_at + FRESH_FOR {
                let message = ReplayMessage { job: content.id, segment: None };
                return Ok(self.replays.queue.send_later(&message.to_body(), SWITCH_AFTER).await?);
            }
            self.replays.views.switch(&content.projection, generations).await?;
        }
        tracing::info!(replay = content.id, state = state.as_str(), "replay");
        match self.replays.replace(job, content.turned(state, now)).await {
            Ok(_) | Err(super::Refused::Changed) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

fn verified(job: Job, segments: &[Progress], now: DateTime<Utc>) -> Job {
    let mismatches = segments.iter().map(|one| one.counts.mismatches).sum();
    let mismatched = segments.iter().flat_map(|one| one.counts.mismatched.clone());
    let mismatched = mismatched.take(super::job::NAMED).collect();
    let state = if mismatches == 0 { State::Verified } else { State::Mismatched };
    Job { mismatches, mismatched, ..job }.turned(state, now)
}

fn failure(message: &SqsMessage) -> BatchItemFailure {
    let mut failure = BatchItemFailure::default();
    failure.item_identifier = message.message_id.clone().unwrap_or_default();
    failure
}
