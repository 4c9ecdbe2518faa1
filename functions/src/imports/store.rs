use aws_sdk_dynamodb::Client;
use chrono::TimeDelta;
use domain::TenantId;
use infra_aws::{
    clock::Clock,
    documents::{Document, Documents},
    views::ViewError,
};
use serde::{Deserialize, Serialize};

use super::{Job, State, reader::Reading, verdict::Verdict};

const JOB: &str = "job";
/// The collection of imports that are not over, of all tenants.
const ACTIVE: &str = "!active";
/// From then on DynamoDB may forget an import.
const KEPT_FOR: TimeDelta = TimeDelta::days(30);
/// Rows are personal data: those of an upload that nobody completed do not stay for long. The longest import takes three
/// hours.
const ROWS_KEPT_FOR: TimeDelta = TimeDelta::days(2);

/// The table of imports.
#[derive(Clone, Debug)]
pub struct ImportStore {
    jobs: Documents,
    verdicts: Documents,
    rows: Documents,
}

/// Rows one after the other, the first of which names the chunk.
#[derive(Serialize, Deserialize)]
pub(super) struct Chunk {
    pub(super) rows: Vec<Reading>,
}

/// Verdicts on the rows of a chunk, from its first on.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Verdicts {
    pub(super) verdicts: Vec<Verdict>,
}

/// An import that is listed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Listed {
    pub(super) tenant: TenantId,
    pub(super) id: String,
    pub(super) attempt: i64,
}

impl ImportStore {
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>, clock: &Clock) -> Self {
        let documents = Documents::new(client, table);
        let jobs = documents.clone().kept_for(KEPT_FOR, clock.clone());
        let rows = documents.kept_for(ROWS_KEPT_FOR, clock.clone()).packed();
        Self { verdicts: jobs.clone().packed(), jobs, rows }
    }

    pub(super) async fn job(&self, tenant: &TenantId, id: &str) -> Result<Option<Document<Job>>, ViewError> {
        self.jobs.get(&of_import(tenant, id), JOB).await
    }

    /// Writes a job that is not there yet.
    pub(super) async fn create_job(&self, job: Job) -> Result<Document<Job>, ViewError> {
        let collection = of_import(&job.tenant, &job.id);
        let created = self.jobs.create(&collection, JOB, job.clone()).await;
        self.or_found(created, &job).await
    }

    /// Writes the job, if it is still as it was read.
    pub(super) async fn replace_job(
        &self,
        read: &Document<Job>,
        job: Job,
    ) -> Result<Document<Job>, ViewError> {
        let collection = of_import(&job.tenant, &job.id);
        let document = Document { name: JOB.into(), revision: read.revision, content: job.clone() };
        let replaced = self.jobs.replace(&collection, document).await;
        self.or_found(replaced, &job).await
    }

    /// A write may have landed though nobody heard of it, and have been refused when it was sent again.
    async fn or_found(
        &self,
        written: Result<Document<Job>, ViewError>,
        job: &Job,
    ) -> Result<Document<Job>, ViewError> {
        match written {
            Err(ViewError::Changed) => {
                let found = self.job(&job.tenant, &job.id).await?;
                found.filter(|found| found.content == *job).ok_or(ViewError::Changed)
            }
            written => written,
        }
    }

    pub(super) async fn remove_job(&self, read: &Document<Job>) -> Result<(), ViewError> {
        self.jobs.remove_read(&of_import(&read.content.tenant, &read.content.id), read).await
    }

    /// Puts the import on the lists that it is found by. Twice is as good as once.
    pub(super) async fn list(&self, job: &Job) -> Result<(), ViewError> {
        let Job { tenant, id, attempt, .. } = job;
        let listed = Listed { tenant: tenant.clone(), id: id.clone(), attempt: *attempt };
        for (collection, name) in [(of_tenant(tenant), place(job)), (ACTIVE.to_owned(), active(&listed))] {
            match self.jobs.create(&collection, &name, listed.clone()).await {
                Ok(_) | Err(ViewError::Changed) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Imports of a tenant before this place in their list, the newest first.
    pub(super) async fn listed(
        &self,
        tenant: &TenantId,
        before: Option<&str>,
        limit: i32,
    ) -> Result<Vec<Document<Listed>>, ViewError> {
        // Nothing is behind the letter `~` that a place begins with.
        let names = ("0", before.unwrap_or("~"));
        self.jobs.some(&of_tenant(tenant), names, true, limit).await
    }

    /// What is not over, or was not when it was listed.
    pub(super) async fn active(&self) -> Result<Vec<Listed>, ViewError> {
        let listed = self.jobs.list::<Listed>(ACTIVE).await?;
        Ok(listed.into_iter().map(|listed| listed.content).collect())
    }

    pub(super) async fn forget_active(&self, listed: &Listed) -> Result<(), ViewError> {
        self.jobs.remove(ACTIVE, &active(listed)).await
    }

    /// Writes a chunk, once.
    pub(super) async fn put_rows(&self, job: &Job, first: u32, rows: Vec<Reading>) -> Result<(), ViewError> {
        match self.rows.create(&of_attempt(job), &rows_from(first), Chunk { rows }).await {
            // Nobody else writes rows of this attempt: an earlier try has landed.
            Ok(_) | Err(ViewError::Changed) => Ok(()),
            Err(error) => Err(error),
        }
    }

    pub(super) async fn rows(&self, job: &Job, first: u32) -> Result<Option<Vec<Reading>>, ViewError> {
        let chunk = self.rows.get::<Chunk>(&of_attempt(job), &rows_from(first)).await?;
        Ok(chunk.map(|chunk| chunk.content.rows))
    }

    pub(super) async fn remove_rows(&self, job: &Job, first: u32) -> Result<(), ViewError> {
        self.rows.remove(&of_attempt(job), &rows_from(first)).await
    }

    /// Deletes all rows that are left.
    pub(super) async fn remove_all_rows(&self, job: &Job) -> Result<(), ViewError> {
        for name in self.rows.names(&of_attempt(job), "rows#").await? {
            self.rows.remove(&of_attempt(job), &name).await?;
        }
        Ok(())
    }

    /// The verdicts on a chunk, as far as there are any.
    pub(super) async fn verdicts(&self, job: &Job, first: u32) -> Result<Document<Verdicts>, ViewError> {
        let name = verdicts_from(first);
        let found = self.verdicts.get(&of_attempt(job), &name).await?;
        // Replacing what is not there yet creates it.
        Ok(found.unwrap_or(Document { name, revision: 0, content: Verdicts::default() }))
    }

    pub(super) async fn put_verdicts(
        &self,
        job: &Job,
        read: Document<Verdicts>,
    ) -> Result<Document<Verdicts>, ViewError> {
        self.verdicts.replace(&of_attempt(job), read).await
    }

    /// Verdicts from this chunk on: each chunk with its first row.
    pub(super) async fn verdicts_since(
        &self,
        job: &Job,
        first: u32,
        chunks: i32,
    ) -> Result<Vec<(u32, Vec<Verdict>)>, ViewError> {
        let (from, to) = (verdicts_from(first), verdicts_from(99_999));
        let found = self.verdicts.some::<Verdicts>(&of_attempt(job), (&from, &to), false, chunks).await?;
        let first = |name: &str| name.rsplit('#').next().and_then(|first| first.parse().ok());
        Ok(found.into_iter().filter_map(|it| Some((first(&it.name)?, it.content.verdicts))).collect())
    }
}

/// Where an import stands in its tenant's list.
pub(super) fn place(job: &Job) -> String {
    format!("{:013}#{}", job.attempt, job.id)
}

fn of_tenant(tenant: &TenantId) -> String {
    format!("{tenant}!imports")
}

fn of_import(tenant: &TenantId, id: &str) -> String {
    format!("{tenant}#{id}")
}

fn of_attempt(job: &Job) -> String {
    format!("{}#{}#{}", job.tenant, job.id, job.attempt)
}

fn active(Listed { tenant, id, attempt }: &Listed) -> String {
    format!("{tenant}#{id}#{attempt}")
}

fn rows_from(first: u32) -> String {
    format!("rows#{first:05}")
}

fn verdicts_from(first: u32) -> String {
    format!("verdicts#{first:05}")
}

/// The state of an import, if there is such an import.
pub(crate) async fn state_of(
    store: &ImportStore,
    tenant: &TenantId,
    id: &str,
) -> Result<Option<State>, ViewError> {
    Ok(store.job(tenant, id).await?.map(|job| job.content.state))
}

impl Job {
    /// Whether this is what a list means: an attempt that came to nothing may be on it.
    pub(super) fn is_listed_as(&self, listed: &Listed) -> bool {
        self.attempt == listed.attempt && self.state != State::Uploading
    }
}

impl From<&Job> for Listed {
    fn from(job: &Job) -> Self {
        Self { tenant: job.tenant.clone(), id: job.id.clone(), attempt: job.attempt }
    }
}
