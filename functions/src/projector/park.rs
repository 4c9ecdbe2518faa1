use std::panic::AssertUnwindSafe;

use event_store::{CorruptCommit, StoreError, StreamId};
use futures_util::FutureExt as _;
use infra_aws::{
    metrics,
    views::{Obstacle, Rows, ViewError},
};
use projections::{Generation, ReadModel};

use super::{ProjectError, Projector};
use crate::fold::FoldError;

/// Stands for all read models: an item that no read model is about.
pub(crate) const EVERY_READ_MODEL: &str = "*";

impl Projector {
    /// Sets an aggregate aside for one generation of a read model and lets the shard move on. Its row stays as it
    /// is: its later commits meet the same gap, and the same obstacle behind it, until that is gone.
    pub(crate) async fn park<R: ReadModel>(
        &self,
        rows: &Rows<R>,
        stream: &StreamId,
        obstacle: &Obstacle,
    ) -> Result<(), ProjectError> {
        self.note(R::NAME, rows.generation(), &stream.to_string(), obstacle).await
    }

    pub(super) async fn park_item(&self, item: &CorruptCommit) -> Result<(), ProjectError> {
        self.note(EVERY_READ_MODEL, Generation::FIRST, &item.stream, &unreadable(item)).await
    }

    async fn note(
        &self,
        projection: &str,
        generation: Generation,
        stream: &str,
        obstacle: &Obstacle,
    ) -> Result<(), ProjectError> {
        let Obstacle { commit, code, reason } = obstacle;
        tracing::error!(projection, %generation, stream, commit, code, reason, "the aggregate is parked");
        let now = self.clock.now();
        metrics::count("ParkedAggregates", 1, &[("projection", projection)], now);
        self.views.park(projection, generation, stream, obstacle, now).await?;
        Ok(())
    }
}

pub(crate) fn unreadable(item: &CorruptCommit) -> Obstacle {
    Obstacle { commit: Some(item.commit), code: "commit-unreadable", reason: item.reason.clone() }
}

/// The store does not have what its stream has told of.
pub(super) fn missing(commit: u64) -> Obstacle {
    let reason = "the event store does not hold it".into();
    Obstacle { commit: Some(commit), code: "commit-missing", reason }
}

pub(super) fn spoilt_row(error: &ViewError) -> Obstacle {
    Obstacle { commit: None, code: "row-unreadable", reason: error.to_string() }
}

/// What stands in the way; what may be gone at the next try is an error.
pub(crate) fn obstacle(error: FoldError) -> Result<Obstacle, ProjectError> {
    match error {
        FoldError::Store(StoreError::Corrupt { stream, commit, reason }) => {
            Ok(unreadable(&CorruptCommit { stream, commit, reason }))
        }
        FoldError::Store(error) => Err(error.into()),
        FoldError::UnknownEvent(CorruptCommit { commit, reason, .. }) => {
            Ok(Obstacle { commit: Some(commit), code: "event-unknown", reason })
        }
        FoldError::Panicked { commit } => Ok(panicked(Some(commit))),
    }
}

/// How far the row of an aggregate came.
pub(super) struct Reached {
    pub version: u64,
    /// What it came to a stop at.
    pub obstacle: Option<Obstacle>,
    /// Nothing was written: there is a gap, and the generation before was not filled up to the end of the stream.
    pub short: bool,
}

impl Reached {
    pub(super) fn at(version: u64, obstacle: Option<Obstacle>) -> Self {
        Self { version, obstacle, short: false }
    }
}

/// Work for one aggregate. A panic in it, of a view that cannot be written for one, is that aggregate's alone.
pub(super) async fn contained(
    work: impl Future<Output = Result<Reached, ProjectError>>,
) -> Result<Reached, ProjectError> {
    let panicked = |_| Ok(Reached::at(0, Some(panicked(None))));
    AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(panicked)
}

// What a panic says may quote an event.
fn panicked(commit: Option<u64>) -> Obstacle {
    Obstacle { commit, code: "projection-panicked", reason: "the projection panicked".into() }
}
