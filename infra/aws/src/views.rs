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
//! | `n` S, `m` S, `mp` S, `ct` S | what a row is found and sorted by: user name, e-mail address, the one that waits, creation; each with the id after it, each the sort key of an index `by_…` on `pk` |
//!
//! What a row costs to write: 1 unit for each kilobyte. A user's creation costs 3 more for the entries in the
//! indexes, a new name, a new address and one that waits 2, 2 and 1 more; every other commit leaves the
//! indexes alone. Of `tenant_summary`, whose rows are counted, a commit that changes the user's status costs 4 units
//! (row and count, at the double price of a transaction), every other 1.
//!
//! Counts are items of their own (see [`counts`]).
//! Which generation is live stands in an item `!models` / `{read model}` (see [`generations`]). What is set
//! aside is an item `!parked` / … (see [`parked`]).

mod counts;
mod due;
mod exact;
mod generations;
mod index;
mod list;
mod parked;
mod pulses;
mod repair;
mod rows;
mod sorted;
mod sweep;
mod table;

use std::{
    fmt,
    marker::PhantomData,
    sync::{Arc, Mutex},
};

use aws_sdk_dynamodb::{Client, error::ProvideErrorMetadata};
use projections::{Generation, ReadModel};

use crate::{clock::Clock, logs::chain};

pub use due::Due;
pub use generations::{FRESH_FOR, Models};
pub use list::{Page, Wanted};
pub use parked::{Obstacle, Parked, ParkedPage};
pub use pulses::PULSES;
pub use repair::Spoilt;
pub use sweep::Swept;
pub use table::create_table;
pub(crate) use table::keys;

/// The table. Cheap to clone; clones share what they know of the generations.
#[derive(Clone, Debug)]
pub struct ViewStore {
    client: Client,
    table: String,
    clock: Clock,
    known: Arc<Mutex<Option<generations::Known>>>,
}

/// The rows of one generation of a read model.
pub struct Rows<R> {
    store: ViewStore,
    generation: Generation,
    model: PhantomData<fn() -> R>,
}

/// The view store did not do what it was asked. Everything it was asked can be asked again.
#[derive(Debug, thiserror::Error)]
pub enum ViewError {
    /// Someone else wrote first: read again.
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
    pub fn new(client: Client, table: impl Into<String>, clock: Clock) -> Self {
        Self { client, table: table.into(), clock, known: Arc::default() }
    }

    /// The rows of this generation, whatever it is to the read model.
    #[must_use]
    pub fn rows<R: ReadModel>(&self, generation: Generation) -> Rows<R> {
        Rows { store: self.clone(), generation, model: PhantomData }
    }
}

impl<R: ReadModel> Rows<R> {
    #[must_use]
    pub fn generation(&self) -> Generation {
        self.generation
    }

    fn partition(&self, tenant: &str) -> String {
        format!("{tenant}#{}@{}", R::NAME, self.generation)
    }
}

// By hand, because derived implementations would ask the same of `R`.
impl<R> Clone for Rows<R> {
    fn clone(&self) -> Self {
        Self { store: self.store.clone(), generation: self.generation, model: PhantomData }
    }
}

impl<R> fmt::Debug for Rows<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows").field("generation", &self.generation).finish_non_exhaustive()
    }
}

/// Somebody was faster: the write's condition did not hold, and nothing was written.
pub(crate) fn condition_failed(error: &impl ProvideErrorMetadata) -> bool {
    error.code() == Some("ConditionalCheckFailedException")
}

pub(crate) fn unavailable(error: &dyn std::error::Error) -> ViewError {
    ViewError::Unavailable(chain(error))
}
