//! Imports: many users from one file, each created by the same command as `POST /v1/users`.
//!
//! `POST /v1/imports` reads the file while it arrives, judges the values of each row, and puts the rows into chunks. The
//! queue of imports tells the [`Importer`], which works a chunk off row by row, within the import's rate, and writes a
//! verdict for each row.
//!
//! | partition | name | document |
//! |---|---|---|
//! | `{tenant}#{import}` | `job` | [`Job`]: state, figures, who, the lease of whoever works on it |
//! | `{tenant}#{import}#{attempt}` | `rows#{first row}` | a chunk of rows; deleted when it is done, after two days at the latest |
//! | `{tenant}#{import}#{attempt}` | `verdicts#{first row}` | what became of the rows of that chunk |
//! | `{tenant}!imports` | `{attempt}#{import}` | that there is such an import: what lists go by |
//! | `!active` | `{tenant}#{import}#{attempt}` | that it is not over: what the watchdog goes by |
//!
//! An attempt is one upload of the file. Whoever uploads has the job for a while; if they die, another attempt takes its
//! place, and what a late one still writes is nobody's.
//!
//! | state | |
//! |---|---|
//! | `uploading` | the file arrives |
//! | `running` | rows are worked off |
//! | `cancelling` | somebody has cancelled it: the rows that were begun get their verdicts |
//! | `done`, `cancelled`, `stopped` | over; `stopped`: whoever imports may not do so any more |
//!
//! Rows are begun in batches of a second or less, and the job says how far before the first of them is worked on. So the
//! rows behind that were never touched, whoever died, and those before it are worked on again: the command's id follows
//! from the import and the row, so that nobody is created twice.
//!
//! Rows hold personal data. They are never logged, and verdicts tell places and reasons, not values.

mod api;
mod desk;
mod importer;
mod job;
mod message;
mod nudge;
mod reader;
mod store;
mod upload;
mod verdict;

pub(crate) use api::operations;
pub use api::{commands, queries};
pub use desk::Imports;
pub use importer::Importer;
pub use job::{Format, Job, State};
pub use store::ImportStore;
pub use verdict::Word;

pub(crate) use message::named;
pub(crate) use store::state_of;

/// Of the file. API Gateway hands a function what is not text as base64, and Lambda takes no more than 6 MB of it: four
/// binary megabytes are 5.6 million letters of base64, with room for the rest of the event. That is 419 bytes a row.
const MOST_BYTES: usize = 4 * 1024 * 1024;
const MOST_ROWS: u32 = 10_000;
/// Longer than any user can be written. A quote that is left open ends here, too.
const MOST_BYTES_OF_A_ROW: usize = 16 * 1024;
