//! The engine that the tests run on: embedded, or the DynamoDB Local that the environment names.

use std::{
    env,
    sync::atomic::{AtomicU32, Ordering},
    thread,
};

use dynoxide::Database;
use tokio::net::TcpListener;

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Engine {
    /// Starts for one bank alone, and keeps it in memory.
    Embedded,
    /// Shared by all tests, at this endpoint. What differs is told in `tests/README.md`.
    DynamoDbLocal(String),
}

impl Engine {
    /// As `EVENT_STORE_ENDPOINT` says; without it, embedded.
    pub(crate) fn chosen() -> Self {
        env::var("EVENT_STORE_ENDPOINT").map_or(Self::Embedded, Self::DynamoDbLocal)
    }

    /// Where it listens.
    pub(crate) async fn endpoint(&self) -> String {
        match self {
            Self::Embedded => start_embedded().await,
            Self::DynamoDbLocal(endpoint) => endpoint.clone(),
        }
    }

    /// Whether the reported units of a transaction are those of its items added up, as DynamoDB bills
    /// them.
    pub(crate) fn bills_each_item(&self) -> bool {
        *self == Self::Embedded
    }
}

async fn start_embedded() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(dynoxide::server::serve_on(listener, Database::memory().unwrap()));
    endpoint
}

/// A name that no other bank has. Tests run side by side, may run again on the same engine, and may open
/// several banks. The thread of a test bears its name, which tells whose table it is.
pub(crate) fn unique_table_name() -> String {
    static BANKS: AtomicU32 = AtomicU32::new(0);
    let test = thread::current().name().unwrap_or("test").replace("::", ".");
    format!("{test}-{}-{}", std::process::id(), BANKS.fetch_add(1, Ordering::Relaxed))
}
