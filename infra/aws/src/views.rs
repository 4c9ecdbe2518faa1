//! The view store: rows of read models in one DynamoDB table.
//!
//! | attribute | |
//! |---|---|
//! | `pk` S | `{tenant}#{read model}@{generation}` |
//! | `sk` S | id of the aggregate |
//! | `v` N | number of the last commit in the row; every write is conditional on it |
//! | `d` S | the view, JSON |
//! | `f` SS | filter terms such as `status=active` |
//! | `w` S, `wa` S | only on rows that the watchdog must look at: `{read model}@{generation}#{shard}`, and from when on; the sparse index `due` |
//!
//! A parked stream is an item `!parked#{read model}@{generation}` / `{stream}` with `reason` and `at`.

mod due;
mod list;
mod parked;
mod rows;
mod table;

use aws_sdk_dynamodb::Client;
use projections::{Generation, ReadModel};

use crate::logs::chain;

pub use due::Due;
pub use list::Page;
pub use table::create_table;

/// Reads and writes rows.
#[derive(Clone, Debug)]
pub struct ViewStore {
    client: Client,
    table: String,
    generation: Generation,
}

/// The view store did not do what it was asked. Everything it was asked can be asked again.
#[derive(Debug, thiserror::Error)]
pub enum ViewError {
    /// Someone else wrote the row first: read it again.
    #[error("the row has changed since it was read")]
    Changed,
    #[error("the view store is unavailable: {0}")]
    Unavailable(String),
    /// A row that this code did not write, or a later one did.
    #[error("row {key} cannot be read: {reason}")]
    Unreadable { key: String, reason: String },
}

impl ViewStore {
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>, generation: Generation) -> Self {
        Self { client, table: table.into(), generation }
    }

    fn partition<R: ReadModel>(&self, tenant: &str) -> String {
        format!("{tenant}#{}@{}", R::NAME, self.generation.0)
    }
}

fn unavailable(error: &dyn std::error::Error) -> ViewError {
    ViewError::Unavailable(chain(error))
}
