use domain::TenantId;
use event_store::{DynamoEventStore, Place, StoreError};
use infra_aws::{clock::Clock, feed::FeedTable, views::ViewError};

use super::{Entry, FeedEvent, GRACE, KEPT, MARGIN, Position, Types, entries::partition, position::stamp};

/// A page ends at a commit's end once it has so many bytes: a function's answer has six megabytes at most.
const ENOUGH_BYTES: usize = 2 << 20;

/// Reads the feed.
#[derive(Clone, Debug)]
pub struct FeedReader {
    table: FeedTable,
    events: DynamoEventStore,
    clock: Clock,
}

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// What follows the position is kept no longer.
    #[error("the feed does not go back so far")]
    Expired,
    #[error(transparent)]
    Feed(#[from] ViewError),
    #[error(transparent)]
    Events(#[from] StoreError),
}

/// A part of the feed.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) items: Vec<FeedEvent>,
    /// Where to go on, whatever comes.
    pub(crate) next: Position,
    /// Whether there may be more already.
    pub(crate) more: bool,
}

/// What a page is to hold: places in the order of the feed, each with the position after it, and where the reader is
/// then.
struct Found {
    places: Vec<(Place, Position)>,
    next: Position,
    more: bool,
}

impl FeedReader {
    #[must_use]
    pub fn new(table: FeedTable, events: DynamoEventStore, clock: Clock) -> Self {
        Self { table, events, clock }
    }

    /// At most `limit` commits, each as a whole, that follow a position; without one, from the oldest that are kept. A
    /// query for each day since then, and a read of the commits, a hundred at a time.
    ///
    /// # Errors
    /// [`FeedError`].
    pub(crate) async fn page(
        &self,
        tenant: &TenantId,
        after: Option<Position>,
        types: &Types,
        limit: usize,
    ) -> Result<Page, FeedError> {
        let found = self.find(tenant.as_str(), after, limit).await?;
        let commits = self.events.commits_at(found.places.iter().map(|(place, _)| place.clone())).await?;
        let (mut items, mut bytes) = (Vec::new(), 0);
        let count = found.places.len();
        for (number, (place, position)) in (1..).zip(found.places) {
            let told = match commits.get(&place) {
                Some(Ok(commit)) => FeedEvent::of(commit, |event_type| types.takes(event_type)),
                Some(Err(corrupt)) => vec![FeedEvent::unreadable(&place.0, corrupt)],
                // Erased since.
                None => Vec::new(),
            };
            bytes += told.iter().map(FeedEvent::bytes).sum::<usize>();
            items.extend(told);
            if bytes >= ENOUGH_BYTES && number < count {
                return Ok(Page { items, next: position, more: true });
            }
        }
        Ok(Page { items, next: found.next, more: found.more })
    }

    async fn find(&self, tenant: &str, after: Option<Position>, limit: usize) -> Result<Found, FeedError> {
        let now = self.clock.now();
        let horizon = now - MARGIN;
        let after = after.unwrap_or_else(|| Position::before(now - KEPT));
        if after.at().is_none_or(|at| at < now - KEPT - GRACE) {
            return Err(FeedError::Expired);
        }
        // Keys under the horizon's own stamp are longer than it, and so behind it.
        let end = stamp(horizon);
        let mut places = Vec::new();
        for day in after.days_until(horizon) {
            if after.from >= end {
                break;
            }
            // The entry that the last page ended in is met again.
            let wanted = limit - places.len() + 1;
            let partition = partition(tenant, day);
            let (sorts, is_cut) = self.table.between(&partition, (&after.from, &end), wanted).await?;
            for sort in &sorts {
                let shown = if *sort == after.from { after.shown } else { 0 };
                let Some(entry) = Entry::of_sort_key(tenant, sort) else {
                    tracing::error!(partition, "the feed has an item that is none of its own");
                    continue;
                };
                for number in entry.first.max(shown + 1)..=entry.last {
                    let position = Position { from: sort.clone(), shown: number };
                    places.push(((entry.stream.clone(), number), position.clone()));
                    if places.len() == limit {
                        return Ok(Found { places, next: position, more: true });
                    }
                }
            }
            if let (true, Some(last)) = (is_cut, sorts.last()) {
                let next = Position { from: last.clone(), shown: u64::MAX };
                return Ok(Found { places, next, more: true });
            }
        }
        // A reader whose clock is behind that of the last one does not go back.
        Ok(Found { places, next: after.max(Position::before(horizon)), more: false })
    }
}
