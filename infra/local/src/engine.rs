//! DynamoDB and DynamoDB Streams, embedded: `dynoxide`, with three things that it lacks.
//!
//! With a stream on, dynoxide asks for the highest sequence number at every write, of a table that has
//! no index for it, and it never trims a stream; so writes get slower with every write ever made. For each
//! page of a segment of a scan it sorts what is left of the segment, so a scan takes the square of the
//! table. All are put right here over a second connection to the same database. That rests on dynoxide's private
//! schema: its version is pinned, and the tests below fail when an upgrade changes what we rely on.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use dynoxide::{Database, errors::DynoxideError, server::serve_with_shutdown};
use rusqlite::{Connection, OptionalExtension, params};
use tokio::net::TcpListener;

/// Where an embedded engine keeps its data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// Gone with the engine; at most 1 GB.
    InMemory,
    /// In this file, which is made when it is missing (its folder is not). It survives `kill -9`.
    InFile(PathBuf),
}

/// The embedded engine. Clones are handles to the same database.
#[derive(Clone)]
pub struct Engine {
    database: Database,
    upkeep: Arc<Mutex<Connection>>,
}

#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    #[error("the embedded DynamoDB engine: {0}")]
    Dynoxide(#[from] DynoxideError),
    /// The index or the trimming failed: the file is locked by another process, or dynoxide's private
    /// schema is not the one that this module knows.
    #[error("upkeep of the embedded DynamoDB engine: {0}")]
    Upkeep(#[from] rusqlite::Error),
    #[error("serving the embedded DynamoDB engine: {0}")]
    Serve(String),
    #[error("the path of the engine's file is not UTF-8: {}", .0.display())]
    Path(PathBuf),
    #[error("not a sequence number of this engine: {0}")]
    SequenceNumber(String),
}

impl Engine {
    /// Opens the engine, making it where there is none. Blocks for a few milliseconds.
    pub fn open(kept: &Kept) -> Result<Self, EngineError> {
        let name = match kept {
            Kept::InMemory => fresh_memory_name(),
            Kept::InFile(path) => utf8(path)?,
        };
        let database = Database::new(&name)?;
        let upkeep = Connection::open(&name)?;
        upkeep.busy_timeout(UPKEEP_PATIENCE)?;
        upkeep.execute_batch(INDEX)?;
        Ok(Self { database, upkeep: Arc::new(Mutex::new(upkeep)) })
    }

    /// Answers DynamoDB's and Streams' JSON protocol on `listener` until `shutdown` resolves and the
    /// requests then running are done.
    pub fn serve<S>(
        &self,
        listener: TcpListener,
        shutdown: S,
    ) -> impl Future<Output = Result<(), EngineError>> + Send + 'static + use<S>
    where
        S: Future<Output = ()> + Send + 'static,
    {
        let served = serve_with_shutdown(listener, self.database.clone(), shutdown);
        async { served.await.map_err(EngineError::Serve) }
    }

    /// Deletes the stream records of `table` up to and including `through` (a sequence number as
    /// Streams report it), and returns how many there were. Blocks for as long as SQLite takes.
    ///
    /// The newest record always stays: the next sequence number and the `LATEST` iterator are derived
    /// from it. A reader that stands on a deleted record goes on with the first one that is left;
    /// Amazon would answer `TrimmedDataAccessException`. Only trim what every reader has handled.
    pub fn trim_stream(&self, table: &str, through: &str) -> Result<usize, EngineError> {
        let through = stored_sequence_number(through)?;
        let upkeep = self.upkeep.lock().unwrap_or_else(PoisonError::into_inner);
        let newest: Option<i64> =
            upkeep.query_row(NEWEST, params![table], |row| row.get(0)).optional()?.flatten();
        let Some(newest) = newest else { return Ok(0) };
        Ok(upkeep.execute(TRIM, params![table, through.min(newest - 1)])?)
    }

    /// Lets a page of a segment of `table`, which exists, cost what it holds. Doing it again does nothing.
    /// Blocks for as long as SQLite takes, with a large table some seconds.
    ///
    /// # Errors
    /// [`EngineError::Upkeep`], also when there is no such table.
    pub fn index_segments(&self, table: &str) -> Result<(), EngineError> {
        let upkeep = self.upkeep.lock().unwrap_or_else(PoisonError::into_inner);
        let table = table.replace('"', "\"\"");
        Ok(upkeep.execute_batch(&format!(
            "CREATE INDEX IF NOT EXISTS \"rollcall_segment_order {table}\" ON \"{table}\" (hash_prefix, pk, sk)"
        ))?)
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Engine")
    }
}

/// How long upkeep waits for a write of the engine itself to end.
const UPKEEP_PATIENCE: Duration = Duration::from_secs(5);

const INDEX: &str = "CREATE INDEX IF NOT EXISTS rollcall_stream_order
    ON _stream_records (table_name, CAST(sequence_number AS INTEGER))";

const NEWEST: &str =
    "SELECT MAX(CAST(sequence_number AS INTEGER)) FROM _stream_records WHERE table_name = ?1";

const TRIM: &str = "DELETE FROM _stream_records
    WHERE table_name = ?1 AND CAST(sequence_number AS INTEGER) <= ?2";

/// What dynoxide adds to a stored sequence number, so that it is as long as Amazon's.
const SEQUENCE_NUMBER_OFFSET: u128 = 100_000_000_000_000_000_000;

fn stored_sequence_number(public: &str) -> Result<i64, EngineError> {
    let stored = public.parse::<u128>().ok().and_then(|n| n.checked_sub(SEQUENCE_NUMBER_OFFSET));
    stored.and_then(|n| i64::try_from(n).ok()).ok_or_else(|| EngineError::SequenceNumber(public.to_owned()))
}

/// `Database::memory()` would be out of reach for a second connection; a database of SQLite's `memdb`
/// is shared by every connection of this process that names it, and gone when the last one closes.
fn fresh_memory_name() -> String {
    static OPENED: AtomicU64 = AtomicU64::new(0);
    format!("file:/rollcall-{}?vfs=memdb", OPENED.fetch_add(1, Ordering::Relaxed))
}

fn utf8(path: &Path) -> Result<String, EngineError> {
    path.to_str().map(str::to_owned).ok_or_else(|| EngineError::Path(path.to_owned()))
}

#[cfg(test)]
mod tests;
