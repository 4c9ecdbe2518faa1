//! The contract between a read model, the projector that feeds it and the store that keeps its rows.

use chrono::{DateTime, Utc};
use cqrs_es::DomainEvent;
use serde::{Serialize, de::DeserializeOwned};

use crate::Index;

/// A read model: one row per aggregate of one type, folded from that aggregate's events.
pub trait ReadModel: Send + Sync + 'static {
    /// Part of every row's key.
    const NAME: &'static str;
    /// `TYPE` of the aggregate whose events it folds.
    const SOURCE: &'static str;
    type Event: DomainEvent;
    type View: Clone + Default + Serialize + DeserializeOwned + Send + Sync;

    /// Folds one event into the view. Pure: no clock, no chance, no memory besides the view, so that a
    /// replay ends where the live projection did.
    fn project(view: &mut Self::View, event: &Self::Event, facts: &Facts<Self::Event>);

    /// The words that lists can be filtered by, such as `status=active`.
    fn terms(_view: &Self::View) -> Vec<String> {
        Vec::new()
    }

    /// What the row is found and sorted by, besides its id.
    fn texts(_view: &Self::View) -> Vec<(Index, String)> {
        Vec::new()
    }

    /// Under what the row is counted among those of its tenant, if it is. A row whose answer changes costs 4
    /// write units instead of 1: it is written in one transaction with the count.
    fn tally(_view: &Self::View) -> Option<String> {
        None
    }

    /// When the watchdog should look at the row, if ever.
    fn due(_view: &Self::View) -> Option<DateTime<Utc>> {
        None
    }
}

/// One commit of an aggregate, as a projection sees it.
#[derive(Clone, Debug)]
pub struct Facts<E> {
    /// The aggregate's id.
    pub id: String,
    /// The commit's number in its stream, from 1 without gaps.
    pub commit: u64,
    pub committed_at: DateTime<Utc>,
    pub events: Vec<E>,
}

/// A view, and the number of the last commit in it (0: none yet).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row<V> {
    pub version: u64,
    pub view: V,
}

/// What became of a commit that was offered to a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// It was the next one.
    Applied,
    /// The row has it already. Streams redeliver.
    Duplicate,
    /// Commits are missing in between; the row is unchanged. Streams keep order per item only.
    Gap,
}

impl<V> Row<V> {
    /// Folds a commit in, if it is the row's next.
    pub fn apply<R: ReadModel<View = V>>(&mut self, facts: &Facts<R::Event>) -> Applied {
        if facts.commit <= self.version {
            return Applied::Duplicate;
        }
        if facts.commit > self.version + 1 {
            return Applied::Gap;
        }
        facts.events.iter().for_each(|event| R::project(&mut self.view, event, facts));
        self.version = facts.commit;
        Applied::Applied
    }
}
