//! The harness of the acceptance tests: the whole backend on embedded engines, one for each test,
//! stepped by hand on a clock that stands still.

mod answer;
mod app;
mod contract;
mod mails;
mod past;
mod people;
mod queue;
mod request;

pub use answer::Answer;
pub use app::{App, Door, Limiting, alice};
pub use mails::{Mails, Sent};
pub use request::{Say, command, confirm, delete, get, patch, post, put};
