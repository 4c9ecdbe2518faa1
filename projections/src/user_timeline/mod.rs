//! Who did what to a user, and when: the events themselves, said in words. There are no rows of it: it is
//! folded while it is asked for, so that it is never behind and no replay has to rebuild it.

mod details;
mod entry;
mod summary;
#[cfg(test)]
mod tests;

pub use details::{Details, Mail};
pub use entry::{Recorded, TimelineEntry, entries};
