use std::time::Duration;

use chrono::{DateTime, Utc};
use event_store::DynamoEventStore;
use infra_aws::{
    clock::Clock,
    documents::{Document, Documents},
    queue::{Queue, SendError},
    views::{FRESH_FOR, ViewError, ViewStore},
};
use projections::{Generation, Generations};

use super::{Estimate, Job, Progress, Refused, State, message::ReplayMessage};
use crate::read_models;

/// The collection of jobs.
const JOBS: &str = "!replays";
/// After the pointer was announced to move, until it does: longer than a reader goes by what it has read.
pub(super) const SWITCH_AFTER: Duration = Duration::from_secs(3);
const _: () = assert!(SWITCH_AFTER.as_secs() as i64 > FRESH_FOR.num_seconds());

/// Replay jobs, and what is done with them.
#[derive(Clone, Debug)]
pub struct Replays {
    pub(crate) events: DynamoEventStore,
    pub(crate) views: ViewStore,
    pub(crate) clock: Clock,
    pub(super) documents: Documents,
    pub(super) queue: Queue,
}

/// What a replay is started with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    pub projection: String,
    pub segments: u32,
    pub rate_limit: Option<u32>,
    pub verify_percent: u8,
    pub promote: bool,
    pub by: String,
}

impl Replays {
    #[must_use]
    pub fn new(
        events: DynamoEventStore,
        views: ViewStore,
        documents: Documents,
        queue: Queue,
        clock: Clock,
    ) -> Self {
        Self { events, views, clock, documents, queue }
    }

    /// What starting would come to.
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn estimate(&self, projection: &str) -> Result<Estimate, Refused> {
        let model = model(projection)?;
        let generations = self.views.models().await?.of(projection);
        let generation = generations.newest.next().0;
        Ok(Estimate::of(&self.events, (model.name(), model.source()), generation).await?)
    }

    /// Begins the next generation, which the projector writes from now on, and has everything before built.
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn start(&self, start: Start) -> Result<Job, Refused> {
        model(&start.projection)?;
        let expected_items = self.events.table_size().await?.items;
        let Generations { live, newest: generation, .. } = self.begin(&start.projection).await?;
        let now = self.clock.now();
        let Start { projection, segments, rate_limit, verify_percent, promote, by } = start;
        let job = Job {
            id: id(&projection, generation),
            projection,
            generation: generation.0,
            replaces: live.0,
            state: State::Building,
            segments,
            rate_limit,
            verify_percent,
            promote,
            started_by: by,
            started_at: now,
            since: now,
            announced_at: None,
            expected_items,
            mismatches: 0,
            mismatched: Vec::new(),
        };
        let job = self.documents.create(JOBS, &job.id.clone(), job).await?.content;
        self.send_segments(&job).await?;
        Ok(job)
    }

    /// A generation beside the live one for a new job. One that was begun, and whose job was never written because
    /// its caller died, is as good as a new one.
    async fn begin(&self, projection: &str) -> Result<Generations, Refused> {
        let generations = self.views.models().await?.of(projection);
        let Some(beside) = generations.beside else {
            return Ok(self.views.begin_generation(projection, generations).await?);
        };
        // Before a switch it is what the newest job builds, afterwards what that job has replaced.
        let newest = id(projection, generations.newest);
        match self.find(&newest).await? {
            None if beside == generations.newest => Ok(generations),
            Some(_) | None => Err(Refused::Busy(newest)),
        }
    }

    /// All jobs, the newest first.
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn jobs(&self) -> Result<Vec<Job>, Refused> {
        let jobs = self.documents.list::<Job>(JOBS).await?;
        let mut jobs: Vec<Job> = jobs.into_iter().map(|job| job.content).collect();
        jobs.sort_by(|a, b| (b.started_at, &b.id).cmp(&(a.started_at, &a.id)));
        Ok(jobs)
    }

    /// # Errors
    /// [`Refused`].
    pub async fn job(&self, id: &str) -> Result<Job, Refused> {
        Ok(self.found(id).await?.content)
    }

    /// How far the segments of all phases are that were begun.
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn progress(&self, job: &Job) -> Result<Vec<Progress>, Refused> {
        let segments = self.documents.list::<Progress>(&job.collection()).await?;
        Ok(segments.into_iter().map(|segment| segment.content).collect())
    }

    /// Limits how many items a second a job may read from now on; a segment hears of it within a second or two.
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn limit(&self, id: &str, rate_limit: Option<u32>) -> Result<Job, Refused> {
        let job = self.found(id).await?;
        if job.content.state.is_over() {
            return Err(wrong_state(job.content));
        }
        let limited = Job { rate_limit, ..job.content.clone() };
        self.replace(job, limited).await
    }

    /// Gives up the generation that the job builds, or has built. Segments stop within a second or two; its rows
    /// are deleted.
    ///
    /// # Errors
    /// [`Refused`]; a job that was promoted has to be rolled back first.
    pub async fn cancel(&self, id: &str) -> Result<Job, Refused> {
        let may = [State::Building, State::Verifying, State::Verified, State::Mismatched, State::RolledBack];
        self.give_up(id, &may, State::Cancelling).await
    }

    /// Gives up the generation that the job has replaced: there is no way back any more.
    ///
    /// # Errors
    /// [`Refused`]; only a job that was promoted is finished.
    pub async fn finish(&self, id: &str) -> Result<Job, Refused> {
        self.give_up(id, &[State::Promoted], State::Finishing).await
    }

    async fn give_up(&self, id: &str, may: &[State], to: State) -> Result<Job, Refused> {
        let job = self.turn(id, may, to).await?;
        self.give_up_generation(&job).await?;
        self.send_segments(&job).await?;
        Ok(job)
    }

    /// Nobody writes the generation any more that the job gives up.
    pub(super) async fn give_up_generation(&self, job: &Job) -> Result<(), ViewError> {
        let generations = self.views.models().await?.of(&job.projection);
        if job.given_up().is_some_and(|given_up| generations.beside == Some(given_up)) {
            self.views.give_up_generation(&job.projection, generations).await?;
        }
        Ok(())
    }

    /// Lets queries be answered from the generation that the job has built, in a few seconds.
    ///
    /// # Errors
    /// [`Refused`]; only what was verified is promoted.
    pub async fn promote(&self, id: &str) -> Result<Job, Refused> {
        self.begin_switch(id, &[State::Verified, State::RolledBack], State::Promoting).await
    }

    /// Lets queries be answered from the generation that was live before, in a few seconds.
    ///
    /// # Errors
    /// [`Refused`]; only what was promoted is rolled back.
    pub async fn roll_back(&self, id: &str) -> Result<Job, Refused> {
        self.begin_switch(id, &[State::Promoted], State::RollingBack).await
    }

    pub(super) async fn begin_switch(&self, id: &str, may: &[State], to: State) -> Result<Job, Refused> {
        self.turn(id, may, to).await?;
        let job = self.found(id).await?;
        self.announce(job).await
    }

    /// Tells readers that the pointer will move; whoever died before that is followed by the watchdog.
    pub(super) async fn announce(&self, job: Document<Job>) -> Result<Job, Refused> {
        let generations = self.views.models().await?.of(&job.content.projection);
        if !generations.switching {
            self.views.prepare_switch(&job.content.projection, generations).await?;
        }
        let announced = Job { announced_at: Some(self.now()), ..job.content.clone() };
        let announced = self.replace(job, announced).await?;
        let message = ReplayMessage { job: announced.id.clone(), segment: None };
        self.queue.send_later(&message.to_body(), SWITCH_AFTER).await?;
        Ok(announced)
    }

    pub(super) async fn send_segments(&self, job: &Job) -> Result<(), SendError> {
        let message = |segment| ReplayMessage { job: job.id.clone(), segment: Some(segment) }.to_outgoing();
        self.queue.send(&(0..job.segments).map(message).collect::<Vec<_>>()).await
    }

    async fn turn(&self, id: &str, may: &[State], to: State) -> Result<Job, Refused> {
        let job = self.found(id).await?;
        if !may.contains(&job.content.state) {
            return Err(wrong_state(job.content));
        }
        let turned = job.content.clone().turned(to, self.clock.now());
        self.replace(job, turned).await
    }

    pub(super) async fn replace(&self, read: Document<Job>, job: Job) -> Result<Job, Refused> {
        Ok(self.documents.replace(JOBS, Document { content: job, ..read }).await?.content)
    }

    pub(super) async fn find(&self, id: &str) -> Result<Option<Document<Job>>, ViewError> {
        self.documents.get(JOBS, id).await
    }

    async fn found(&self, id: &str) -> Result<Document<Job>, Refused> {
        self.find(id).await?.ok_or_else(|| Refused::UnknownJob(id.into()))
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }
}

fn model(projection: &str) -> Result<&'static dyn read_models::AnyModel, Refused> {
    read_models::of_name(projection).ok_or_else(|| Refused::UnknownProjection(projection.into()))
}

/// No number is given twice, so neither is an id.
fn id(projection: &str, generation: Generation) -> String {
    format!("{projection}-{generation}")
}

fn wrong_state(job: Job) -> Refused {
    Refused::WrongState { id: job.id, state: job.state }
}

/// The state of a job, if there is such a job.
pub(crate) async fn state_of(documents: &Documents, job: &str) -> Result<Option<State>, ViewError> {
    Ok(documents.get::<Job>(JOBS, job).await?.map(|job| job.content.state))
}
