use domain::Caller;
use infra_aws::{documents::Document, views::ViewError};
use sha2::{Digest as _, Sha256};

use super::{
    Imports, Job, State,
    desk::uploading,
    job::{Asked, LEASE, import_id},
    reader::{NoImport, Reader, Reading},
};
use crate::http::{Kind, Problem, Scope};

/// Rows that are worked off between two looks at the table.
const ROWS_OF_A_CHUNK: usize = 100;
/// An item has 400 KB, and rows may be of a kind that cannot be compressed.
const BYTES_OF_A_CHUNK: usize = 256 * 1024;

/// A file on its way.
pub(super) struct Upload<'a> {
    imports: &'a Imports,
    hash: Sha256,
    reader: Reader,
    place: Place,
}

/// What becomes of the rows.
enum Place {
    Kept(Box<Kept>),
    /// There is an import already: it is the same, or it is not.
    Known(Box<Job>),
}

/// Rows that are kept, chunk by chunk.
struct Kept {
    job: Document<Job>,
    /// Who uploads.
    owner: String,
    /// The chunk that is not full yet, and its length.
    chunk: Vec<Reading>,
    bytes: usize,
    /// So many rows were written.
    rows: u32,
}

impl Imports {
    /// Begins an upload under this Idempotency-Key.
    ///
    /// # Errors
    /// `import-uploading` while another request with this key is on its way.
    pub(super) async fn upload(
        &self,
        caller: &Caller,
        key: &str,
        asked: Asked,
    ) -> Result<Upload<'_>, Problem> {
        let (id, now) = (import_id(&caller.tenant, key), self.now());
        let found = self.store.job(&caller.tenant, &id).await?;
        let scope = Scope::current();
        let owner = scope.as_ref().map_or_else(String::new, |scope| scope.request_id.clone());
        let begin = || {
            let correlation_id = scope.as_ref().map_or_else(String::new, |it| it.correlation_id.clone());
            let trace = scope.as_ref().map(|scope| scope.trace);
            let job = Job::uploading(caller, id.clone(), asked, now);
            Job { correlation_id, trace, ..job }.leased(&owner, now)
        };
        let begun = match found {
            None => self.store.create_job(begin()).await,
            Some(found) if found.content.state != State::Uploading => {
                return Ok(self.of(asked, Place::Known(Box::new(found.content))));
            }
            Some(found) if found.content.is_taken(now) => return Err(uploading()),
            // Whoever uploaded died.
            Some(found) => self.store.replace_job(&found, begin()).await,
        };
        match begun {
            Ok(job) => {
                let kept = Kept { job, owner, chunk: Vec::new(), bytes: 0, rows: 0 };
                Ok(self.of(asked, Place::Kept(Box::new(kept))))
            }
            Err(ViewError::Changed) => Err(uploading()),
            Err(error) => Err(error.into()),
        }
    }

    fn of(&self, asked: Asked, place: Place) -> Upload<'_> {
        let Asked { format, dry_run, rate_per_second } = asked;
        let hash = Sha256::new_with_prefix(format!("{format:?} {dry_run} {rate_per_second}\n"));
        Upload { imports: self, hash, reader: Reader::of(format), place }
    }
}

impl Upload<'_> {
    /// Takes a piece of the file.
    ///
    /// # Errors
    /// Why it is no import, or the world's failure. Call [`Upload::give_up`] then.
    pub(super) async fn push(&mut self, bytes: &[u8]) -> Result<(), Problem> {
        self.hash.update(bytes);
        // Of a file that is known already, too: one that is too long is not the same.
        for reading in self.reader.push(bytes)? {
            self.keep(reading).await?;
        }
        Ok(())
    }

    /// The file has ended.
    ///
    /// # Errors
    /// As for [`Upload::push`]; `idempotency-key-reused` when there is another import of this key.
    pub(super) async fn finish(&mut self) -> Result<Job, Problem> {
        for reading in self.reader.finish()? {
            self.keep(reading).await?;
        }
        if let Place::Kept(kept) = &mut self.place {
            kept.put_chunk(self.imports).await?;
        }
        let hash = self.hash.clone().finalize();
        let fingerprint: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        match &self.place {
            Place::Known(job) if job.fingerprint == fingerprint => Ok((**job).clone()),
            Place::Known(_) => {
                Err(Problem::new(Kind::IDEMPOTENCY_KEY_REUSED, Kind::IDEMPOTENCY_KEY_REUSED.advice))
            }
            Place::Kept(kept) => {
                let Kept { job, rows, .. } = &**kept;
                let now = self.imports.now();
                let running = Job {
                    state: State::Running,
                    fingerprint,
                    rows: *rows,
                    lease: None,
                    updated_at: now,
                    ..job.content.clone()
                };
                // First, so that it is found if whoever is here dies.
                self.imports.store.list(&running).await?;
                let job = self.imports.store.replace_job(job, running).await.map_err(overtaken)?;
                self.imports.tell(&job).await;
                Ok(job.content)
            }
        }
    }

    /// Nothing is kept. Best effort: what is left is nobody's, and is forgotten after two days.
    pub(super) async fn give_up(self) {
        let Place::Kept(kept) = self.place else { return };
        let job = kept.job;
        let store = &self.imports.store;
        // The job first: should it have been accepted after all, its rows are needed.
        let given_up = match store.remove_job(&job).await {
            Ok(()) => store.remove_all_rows(&job.content).await,
            Err(error) => Err(error),
        };
        if let Err(error) = given_up {
            tracing::warn!(import = job.content.id, %error, "an upload was not given up whole");
        }
    }

    async fn keep(&mut self, reading: Reading) -> Result<(), Problem> {
        match &mut self.place {
            Place::Kept(kept) => kept.keep(self.imports, reading).await,
            Place::Known(_) => Ok(()),
        }
    }
}

impl Kept {
    async fn keep(&mut self, imports: &Imports, reading: Reading) -> Result<(), Problem> {
        let length = serde_json::to_vec(&reading).map_or(0, |json| json.len());
        if self.chunk.len() >= ROWS_OF_A_CHUNK || self.bytes + length > BYTES_OF_A_CHUNK {
            self.put_chunk(imports).await?;
        }
        self.chunk.push(reading);
        self.bytes += length;
        Ok(())
    }

    async fn put_chunk(&mut self, imports: &Imports) -> Result<(), Problem> {
        if self.chunk.is_empty() {
            return Ok(());
        }
        let count = u32::try_from(self.chunk.len()).unwrap_or(u32::MAX);
        let rows = std::mem::take(&mut self.chunk);
        imports.store.put_rows(&self.job.content, self.rows + 1, rows).await?;
        self.bytes = 0;
        self.rows += count;
        let now = imports.now();
        // A slow client needs the lease for longer.
        if self.job.content.lease.as_ref().is_some_and(|lease| lease.until - now < LEASE / 2) {
            let leased = self.job.content.clone().leased(&self.owner, now);
            self.job = imports.store.replace_job(&self.job, leased).await.map_err(overtaken)?;
        }
        Ok(())
    }
}

/// Another request with the same key has taken over.
fn overtaken(error: ViewError) -> Problem {
    match error {
        ViewError::Changed => uploading(),
        ViewError::Unavailable(_) | ViewError::Unreadable { .. } => error.into(),
    }
}

impl From<NoImport> for Problem {
    fn from(reason: NoImport) -> Self {
        let kind = match reason {
            NoImport::TooLong | NoImport::TooManyRows => Kind::IMPORT_TOO_LARGE,
            NoImport::NoRows
            | NoImport::NotUtf8
            | NoImport::NoColumn(_)
            | NoImport::UnknownColumn(_)
            | NoImport::RepeatedColumn(_)
            | NoImport::LongHeader => Kind::INVALID_IMPORT,
        };
        Self::new(kind, format!("{reason}. {}", kind.advice))
    }
}
