use std::time::Duration;

use infra_aws::{
    clock::Clock,
    feed::{FeedItem, FeedTable, NotWritten},
};
use tokio::time::timeout;

use super::{CLOCKS_APART, Entry, WRITE_LIMIT};

/// Writes down which commits were met.
#[derive(Clone, Debug)]
pub struct FeedWriter {
    table: FeedTable,
    clock: Clock,
    clocks_apart: Duration,
}

/// Records that have to be delivered again, by their sequence numbers.
#[derive(Debug, thiserror::Error)]
#[error("{} records are not known to be in the feed: {reason}", records.len())]
pub struct NotAppended {
    pub records: Vec<String>,
    pub reason: String,
}

impl FeedWriter {
    /// One of several that each have a clock of their own.
    #[must_use]
    pub fn new(table: FeedTable, clock: Clock) -> Self {
        Self { table, clock, clocks_apart: CLOCKS_APART }
    }

    /// The only one, or one of several on the same clock: it need not wait for its stamp to be past everywhere.
    #[must_use]
    pub fn on_one_clock(table: FeedTable, clock: Clock) -> Self {
        Self { table, clock, clocks_apart: Duration::ZERO }
    }

    /// Writes a delivery down, under the time at which it does.
    ///
    /// # Errors
    /// Names every record of which it is not known, in time, that it was written.
    pub(crate) async fn append(&self, entries: &[Entry]) -> Result<(), NotAppended> {
        if entries.is_empty() {
            return Ok(());
        }
        let stamp = self.clock.now();
        let items: Vec<FeedItem> = entries.iter().map(|entry| entry.at(stamp)).collect();
        // The timer stands still while the process does; the clock may be set. Both must say that it was in time.
        let written = timeout(WRITE_LIMIT, self.table.put(&items)).await;
        let taken = (self.clock.now() - stamp).to_std().unwrap_or_default();
        match written {
            Ok(Ok(())) if taken < WRITE_LIMIT => {}
            Ok(Err(NotWritten { places, reason })) if taken < WRITE_LIMIT => {
                let entries = places.into_iter().filter_map(|place| entries.get(place));
                return Err(NotAppended::of(entries, reason));
            }
            Ok(Ok(()) | Err(_)) | Err(_) => {
                return Err(NotAppended::of(entries, "it took too long".into()));
            }
        }
        tokio::time::sleep(self.clocks_apart.saturating_sub(taken)).await;
        Ok(())
    }
}

impl NotAppended {
    fn of<'a>(entries: impl IntoIterator<Item = &'a Entry>, reason: String) -> Self {
        let records = entries.into_iter().flat_map(|entry| entry.records.iter().cloned());
        Self { records: records.collect(), reason }
    }
}
