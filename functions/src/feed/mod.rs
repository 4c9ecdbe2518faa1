//! The feed: what happened to a tenant, in one order, for clients that read on from where they stopped.
//!
//! The event table has no order of a tenant's commits, only one for each stream. The dispatcher, which meets every
//! commit, writes down which ones it met and when: one item for each stream of a delivery, `{stamp}#{kind}#{id}#{first}-{last}`
//! under `{tenant}#{day}`. The stamp is the dispatcher's time, in milliseconds. Whoever reads gets the commits from the
//! event table; the feed has no content of its own, so erasing an event erases it here.
//!
//! # Nothing is skipped
//!
//! A reader who has passed a stamp never sees what is written under an older one. So nothing may become visible behind
//! them. The writer stamps right before it writes; a write that took [`WRITE_LIMIT`] or longer, or of which it is not
//! known whether it was carried out, has failed: its records are delivered again, and written under a later stamp. What
//! lands late is then a duplicate. A reader looks at stamps that are older than [`MARGIN`], which is the limit and
//! [`SKEW`], what two clocks may differ by. So if a reader's clock says `r` and a stamp `s` is shown, then
//! `s < r - MARGIN`; its write ended before `s + WRITE_LIMIT` by the writer's clock, which is before
//! `s + WRITE_LIMIT + SKEW < r` by the reader's; and a strong read that begins at `r` sees it.
//!
//! # A stream's commits come in order
//!
//! The stream delivers a record again from the first one that failed, never an older one after a newer one that was not
//! handled. A stream's commits of one delivery are one item: all of them are there, or none. The stamps of two
//! deliveries may come from two instances, so a writer ends no sooner than [`CLOCKS_APART`] after its stamp: the
//! instance that gets the next delivery, begun after that, has a later stamp, unless their clocks differ by more. A
//! client sees each stream's commits in order, for the first time; what is delivered again may follow again.
//!
//! A tenant's day is one partition, which takes about a thousand items a second.

mod entries;
mod event;
mod position;
mod reader;
mod types;
mod writer;

use std::time::Duration;

use chrono::TimeDelta;

pub(crate) use entries::{Entry, entries};
pub use event::FeedEvent;
pub(crate) use position::Position;
pub use reader::{FeedError, FeedReader};
pub use types::EVENT_TYPES;
pub(crate) use types::Types;
pub use writer::{FeedWriter, NotAppended};

/// A write that takes so long has failed.
const WRITE_LIMIT: Duration = Duration::from_secs(2);
/// What the clocks of a writer and a reader may differ by without an event being missed.
const SKEW: Duration = Duration::from_secs(1);
/// How old a stamp is before it is shown.
pub const MARGIN: TimeDelta = TimeDelta::milliseconds((WRITE_LIMIT.as_millis() + SKEW.as_millis()) as i64);
/// What the clocks of two writers may differ by without a stream's commits changing places.
pub const CLOCKS_APART: Duration = Duration::from_millis(50);
/// Who begins without a cursor gets what arrived so long ago or later.
pub const KEPT: TimeDelta = TimeDelta::days(30);
/// A cursor is good for so much longer: whoever has just read the oldest page can go on from it.
pub const GRACE: TimeDelta = TimeDelta::days(1);
