//! Replay jobs: a read model is built anew from the events, beside the one that queries are answered from, and
//! takes its place when it has been verified.
//!
//! A job ([`Job`]) walks through phases; a phase is worked off in segments ([`Progress`]) of a table, each of them a
//! message on the queue of replays that the [`Replayer`] handles:
//!
//! | state | phase | what a segment does |
//! |---|---|---|
//! | `building` | `build` | scans the events, folds whole streams, writes each row once |
//! | `verifying` | `verify` | scans the events again, and compares rows with a fresh fold |
//! | `verified`, `mismatched` | – | waits for an operator |
//! | `promoting`, `rolling_back` | – | tells readers that the pointer moves, and moves it |
//! | `promoted`, `rolled_back` | – | the other generation stays, kept up to date, to go back to |
//! | `cancelling`, `finishing` | `sweep` | scans the views, and deletes the rows of the generation that was given up |
//! | `cancelled`, `finished` | – | over |
//!
//! Jobs and segments are documents beside the views, each written on condition of its revision. Nobody here has a
//! command, a mailer or the queue of steps: a replay has no side effect, because it cannot.

mod build;
mod desk;
mod estimate;
mod job;
mod message;
mod nudge;
mod refused;
mod replayer;
mod segment;
mod streams;
mod sweep;
mod verify;
mod work;

pub use desk::{Replays, Start};
pub use estimate::Estimate;
pub use job::{Job, State};
pub use refused::Refused;
pub use replayer::Replayer;
pub use segment::{Phase, Progress};

pub(crate) use build::Build;
pub(crate) use desk::state_of;
pub(crate) use message::named;
pub(crate) use verify::Verify;
pub(crate) use work::{Work, WorkError};
