mod pace;
mod row;
mod slice;

use std::time::Duration;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use aws_sdk_dynamodb::error::BoxError;
use chrono::{DateTime, TimeDelta, Utc};
use domain::{Action, Caller};
use infra_aws::{documents::Document, logs::chain, metrics, views::ViewError};
use tracing::Instrument as _;

use super::{Imports, Job, State, message::ImportMessage};
use crate::{
    callers::Callers,
    commands::Commands,
    http::{Problem, admit},
    messages,
};

/// For so long a worker stays at an import; then it sends it out again, and whoever is free goes on.
const SLICE: TimeDelta = TimeDelta::seconds(10);
/// What a batch and its verdicts may take at the end of an invocation.
const TIME_FOR_A_BATCH: TimeDelta = TimeDelta::seconds(5);
/// Before a message that failed is delivered again.
const RETRY: Duration = Duration::from_secs(5);
/// Writers of one job are few: this one, and whoever cancels it.
const MAX_RACES: usize = 5;

/// The function.
#[derive(Clone)]
pub struct Importer {
    imports: Imports,
    commands: Commands,
    callers: Callers,
}

/// An import that this worker has.
struct Held {
    job: Document<Job>,
    owner: String,
}

/// Why a worker leaves an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Left {
    Over,
    OutOfTime,
    /// Somebody else has it.
    NotMine,
}

impl Importer {
    #[must_use]
    pub fn new(imports: Imports, commands: Commands) -> Self {
        Self { imports, callers: commands.callers(), commands }
    }

    /// Works on the imports of a batch, one after the other.
    pub async fn handle(&self, event: SqsEvent, deadline: Option<DateTime<Utc>>) -> SqsBatchResponse {
        let deadline = messages::deadline(deadline, self.imports.now());
        let mut again = Vec::new();
        for message in &event.records {
            if let Err(error) = self.settle(message, deadline).await {
                tracing::warn!(error = chain(&*error), "an import goes on later");
                again.push((message, RETRY));
            }
        }
        messages::response(&self.imports.queue, &again).await
    }

    async fn settle(&self, message: &SqsMessage, deadline: Option<DateTime<Utc>>) -> Result<(), BoxError> {
        let ImportMessage { tenant, import } = messages::read(message)?;
        let Some(job) = self.imports.store.job(&tenant, &import).await? else {
            return Err(format!("there is no import {import}").into());
        };
        let owner = messages::owner(message);
        let stop_at = self.imports.now() + SLICE;
        let stop_at = deadline.map_or(stop_at, |deadline| stop_at.min(deadline - TIME_FOR_A_BATCH));
        let span = tracing::info_span!(
            "import",
            import,
            %tenant,
            correlation_id = job.content.correlation_id,
        );
        match job.content.state {
            State::Uploading => Ok(()),
            State::Running | State::Cancelling => {
                Box::pin(self.work_on(job, owner, stop_at)).instrument(span).await
            }
            // Who ended it died before all was cleared away.
            State::Done | State::Cancelled | State::Stopped => self.clear(&job.content).await,
        }
    }

    async fn work_on(
        &self,
        job: Document<Job>,
        owner: String,
        stop_at: DateTime<Utc>,
    ) -> Result<(), BoxError> {
        let standing = self.judge(&job.content).await?;
        let Some(mut held) = self.take(job, owner, &standing).await? else { return Ok(()) };
        let (began, before) = (self.imports.now(), held.job.content.clone());
        let worked = self.work(&mut held, standing, stop_at).await;
        self.tell(&held.job.content, &before, began);
        match worked {
            Ok(Left::Over) => self.clear(&held.job.content).await,
            Ok(Left::OutOfTime) => Ok(self.imports.send(&held.job.content).await?),
            Ok(Left::NotMine) => Ok(()),
            Err(error) => {
                // Whoever comes next need not wait for the lease to end.
                let released = Job { lease: None, ..held.job.content.clone() };
                drop(self.imports.store.replace_job(&held.job, released).await);
                Err(error)
            }
        }
    }

    /// The caller as they are now; or why they may not import any more.
    async fn judge(&self, job: &Job) -> Result<Result<Caller, Problem>, BoxError> {
        match admit(&self.callers, job.caller(), Action::CreateUser).await {
            Err(problem) if problem.kind.status.is_server_error() => Err(problem.kind.title.into()),
            judged => Ok(judged),
        }
    }

    /// Takes the import, unless somebody else has it: their own message leads on.
    async fn take(
        &self,
        job: Document<Job>,
        owner: String,
        standing: &Result<Caller, Problem>,
    ) -> Result<Option<Held>, BoxError> {
        let now = self.imports.now();
        if job.content.is_taken(now) {
            return Ok(None);
        }
        let taken = Job { updated_at: now, ..job.content.clone() }.leased(&owner, now);
        let taken = if standing.is_ok() { taken.beginning() } else { taken };
        match self.imports.store.replace_job(&job, taken).await {
            Ok(job) => Ok(Some(Held { job, owner })),
            Err(ViewError::Changed) => Err("the import has changed meanwhile".into()),
            Err(error) => Err(error.into()),
        }
    }

    /// Deletes what was only needed while the import was under way.
    async fn clear(&self, job: &Job) -> Result<(), BoxError> {
        self.imports.store.remove_all_rows(job).await?;
        Ok(self.imports.store.forget_active(&job.into()).await?)
    }

    /// What a slice has brought, as far as the job says so: one line, one metric for each verdict.
    fn tell(&self, job: &Job, before: &Job, began: DateTime<Utc>) {
        let now = self.imports.now();
        tracing::info!(
            rows = job.done - before.done,
            done = job.done,
            of = job.rows,
            state = job.state.as_str(),
            reason = job.reason,
            duration_ms = (now - began).num_milliseconds(),
            "slice of an import"
        );
        for (word, count) in &job.counts {
            let rows = count - before.counts.get(word).copied().unwrap_or_default();
            if rows > 0 {
                metrics::count("ImportedRows", rows.into(), &[("verdict", word.as_str())], now);
            }
        }
    }
}
