mod next;
mod slice;

use std::time::Duration;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use aws_sdk_dynamodb::error::BoxError;
use chrono::{DateTime, TimeDelta, Utc};
use event_store::Segment;
use infra_aws::{documents::Document, logs::chain, metrics, views::ViewError};
use projections::Generation;
use tracing::Instrument as _;

use super::{Job, Phase, Progress, Replays, Work, message::ReplayMessage, segment::Counts, sweep::Sweep};
use crate::{messages, read_models};

/// For so long a worker stays at a segment; then it sends the segment out again, and whoever is free goes on.
const SLICE: TimeDelta = TimeDelta::seconds(10);
/// What a page and a checkpoint may take at the end of an invocation.
const TIME_FOR_A_PAGE: TimeDelta = TimeDelta::seconds(5);
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
        let deadline = messages::deadline(deadline, self.replays.now());
        let mut again = Vec::new();
        for message in &event.records {
            if let Err(error) = self.settle(message, deadline).await {
                tracing::warn!(error = chain(&*error), "a replay goes on later");
                again.push((message, RETRY));
            }
        }
        messages::response(&self.replays.queue, &again).await
    }

    async fn settle(&self, message: &SqsMessage, deadline: Option<DateTime<Utc>>) -> Result<(), BoxError> {
        let ReplayMessage { job, segment } = messages::read(message)?;
        let Some(job) = self.replays.find(&job).await? else { return Err(format!("no replay {job}").into()) };
        let (Some(phase), Some(segment)) = (job.content.state.phase(), segment) else {
            return self.go_on(job).await;
        };
        let owner = messages::owner(message);
        let stop_at = self.replays.now() + SLICE;
        let stop_at = deadline.map_or(stop_at, |deadline| stop_at.min(deadline - TIME_FOR_A_PAGE));
        let span = tracing::info_span!(
            "segment",
            replay = job.content.id,
            projection = job.content.projection,
            phase = phase.as_str(),
            segment,
        );
        self.work_on(&job.content, phase, segment, owner, stop_at).instrument(span).await
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
            let (began, before) = (self.replays.now(), held.document.content.counts.clone());
            let worked = self.work(job, &mut held, stop_at).await;
            self.tell(job, &held.document.content, &before, began);
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

    /// What a slice of a segment has brought, as far as its checkpoints say so: one line, one metric.
    fn tell(&self, job: &Job, progress: &Progress, before: &Counts, began: DateTime<Utc>) {
        let (now, counts) = (self.replays.now(), &progress.counts);
        let commits = counts.commits - before.commits;
        tracing::info!(
            commits,
            streams = counts.streams - before.streams,
            rows = counts.rows - before.rows,
            parked = counts.parked - before.parked,
            mismatches = counts.mismatches - before.mismatches,
            done = progress.done,
            duration_ms = (now - began).num_milliseconds(),
            "slice of a segment"
        );
        let dimensions = [("projection", job.projection.as_str())];
        match progress.phase {
            Phase::Build => metrics::count("CommitsBuilt", commits, &dimensions, now),
            Phase::Verify => metrics::count("CommitsVerified", commits, &dimensions, now),
            Phase::Sweep => {}
        }
    }

    async fn send_again(&self, job: &Job, segment: u32) -> Result<(), BoxError> {
        let message = ReplayMessage { job: job.id.clone(), segment: Some(segment) };
        Ok(self.replays.queue.send(&[message.to_outgoing()]).await?)
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

    fn worker(&self, job: &Job, held: &Held) -> Result<Box<dyn Work>, BoxError> {
        let Progress { phase, segment, .. } = &held.document.content;
        let model = read_models::of_name(&job.projection);
        let model = model.ok_or_else(|| format!("there is no projection {} any more", job.projection))?;
        let part = Segment::new(*segment, job.segments)?;
        let replaced = Generation(job.replaces);
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
}
