#![doc = include_str!("../README.md")]

mod aggregates;
mod attempt;
mod backoff;
mod cancellation;
mod claim;
mod commit;
mod context;
mod cost;
mod envelope;
mod error;
mod execute;
mod fields;
mod interruption;
mod item;
mod position;
mod read;
mod receipt;
mod relation;
mod sdk_error;
mod session;
mod size;
mod store;
mod stream_id;
mod table;
mod transact;
mod write;

pub use aggregates::Aggregates;
pub use claim::{Claim, ClaimKey};
pub use commit::{Commit, CorruptCommit, RecordedEvent};
pub use context::{CommandContext, Metadata};
pub use cost::Cost;
pub use error::{BoxError, ExecuteError, StoreError};
pub use receipt::{Executed, Loaded, Receipt};
pub use store::DynamoEventStore;
pub use stream_id::{InvalidStreamId, StreamId};
pub use table::{create_table, create_table_request};
