//! The SQLite database behind the queues, and the transaction in which a request is carried out.

use std::{
    cell::Cell,
    sync::{Mutex, PoisonError},
};

use chrono::{DateTime, Utc};
use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::error::SqsError;
use crate::engine::Kept;

pub(super) struct Store(Mutex<Connection>);

/// One request at work.
pub(super) struct Call<'a> {
    pub(super) tx: &'a Transaction<'a>,
    /// Milliseconds since the epoch: every time in the store is one of these.
    pub(super) now: i64,
    /// The authority under which the client knows this endpoint.
    pub(super) host: &'a str,
    arrived: Cell<bool>,
}

impl Call<'_> {
    /// Says that long polls should look again once this call is committed.
    pub(super) fn announce(&self) {
        self.arrived.set(true);
    }
}

impl Store {
    pub(super) fn open(kept: &Kept) -> Result<Self, SqsError> {
        let connection = match kept {
            Kept::InMemory => Connection::open_in_memory()?,
            Kept::InFile(path) => Connection::open(path)?,
        };
        connection.execute_batch(SCHEMA)?;
        Ok(Self(Mutex::new(connection)))
    }

    /// Carries out `work` at `now` and commits it when it succeeds. The flag says whether it announced
    /// an arrival.
    pub(super) fn transact<T>(
        &self,
        now: DateTime<Utc>,
        host: &str,
        work: impl FnOnce(&Call<'_>) -> Result<T, SqsError>,
    ) -> Result<(T, bool), SqsError> {
        // A panic in the middle of a call has rolled its transaction back: the next one may go on.
        let mut connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let call = Call { tx: &tx, now: now.timestamp_millis(), host, arrived: Cell::new(false) };
        let answer = work(&call)?;
        let arrived = call.arrived.get();
        tx.commit()?;
        Ok((answer, arrived))
    }
}

/// `synchronous = FULL`: what was acknowledged is on the disk, even when the power goes, as it is with
/// the DynamoDB engine beside it. A commit that the queue loses and the event store keeps would be a
/// step that is never done; the price is one `fsync` for each request that changes something.
///
/// Receiving reads along `by_visibility`, so messages in flight cost nothing, however many there are.
const SCHEMA: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    CREATE TABLE IF NOT EXISTS queues (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        settings TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        modified_at INTEGER NOT NULL
    );
    CREATE TABLE IF NOT EXISTS messages (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        queue INTEGER NOT NULL REFERENCES queues (id),
        id TEXT NOT NULL,
        body TEXT NOT NULL,
        attributes TEXT NOT NULL,
        sent_at INTEGER NOT NULL,
        visible_at INTEGER NOT NULL,
        receive_count INTEGER NOT NULL DEFAULT 0,
        first_received_at INTEGER,
        dead_from INTEGER REFERENCES queues (id)
    );
    CREATE TABLE IF NOT EXISTS move_tasks (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        source INTEGER NOT NULL REFERENCES queues (id),
        destination_arn TEXT,
        moved INTEGER NOT NULL,
        started_at INTEGER NOT NULL
    );
    CREATE INDEX IF NOT EXISTS by_visibility ON messages (queue, visible_at, seq);
    CREATE INDEX IF NOT EXISTS by_age ON messages (queue, sent_at);
";
