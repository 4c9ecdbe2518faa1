use chrono::{DateTime, Utc};
use domain::TenantId;
use infra_aws::{
    clock::Clock,
    documents::Document,
    queue::{Queue, SendError},
    views::ViewError,
};

use super::{ImportStore, Job, State, message::ImportMessage};
use crate::http::{Kind, Problem};

/// Writers of one job are few: whoever works on it, and whoever cancels it.
const MAX_RACES: usize = 10;

/// Imports, and what is done with them.
#[derive(Clone, Debug)]
pub struct Imports {
    pub(super) store: ImportStore,
    pub(super) queue: Queue,
    pub(super) clock: Clock,
}

impl Imports {
    #[must_use]
    pub fn new(store: ImportStore, queue: Queue, clock: Clock) -> Self {
        Self { store, queue, clock }
    }

    /// Lets no further row be begun. Cancelling twice is as good as once.
    pub(super) async fn cancel(&self, tenant: &TenantId, id: &str) -> Result<Job, Problem> {
        for _ in 0..MAX_RACES {
            let job = self.store.job(tenant, id).await?.ok_or_else(unknown)?;
            match job.content.state {
                State::Cancelling | State::Cancelled => return Ok(job.content),
                State::Uploading => return Err(uploading()),
                State::Done | State::Stopped => {
                    return Err(Problem::new(Kind::IMPORT_OVER, Kind::IMPORT_OVER.advice));
                }
                State::Running => {}
            }
            let cancelling = Job { state: State::Cancelling, ..job.content.clone() };
            match self.store.replace_job(&job, cancelling).await {
                Ok(job) => {
                    self.tell(&job).await;
                    return Ok(job.content);
                }
                Err(ViewError::Changed) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(ViewError::Changed.into())
    }

    /// Sends the import to whoever works on it. If that fails, the watchdog does it.
    pub(super) async fn tell(&self, job: &Document<Job>) {
        if let Err(error) = self.send(&job.content).await {
            tracing::warn!(import = job.content.id, %error, "the watchdog will send it");
        }
    }

    pub(super) async fn send(&self, job: &Job) -> Result<(), SendError> {
        let message = ImportMessage { tenant: job.tenant.clone(), import: job.id.clone() };
        self.queue.send(&[message.to_outgoing()]).await
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }
}

pub(super) fn unknown() -> Problem {
    Problem::new(Kind::NO_SUCH_IMPORT, Kind::NO_SUCH_IMPORT.advice)
}

pub(super) fn uploading() -> Problem {
    Problem::new(Kind::IMPORT_UPLOADING, Kind::IMPORT_UPLOADING.advice)
}
