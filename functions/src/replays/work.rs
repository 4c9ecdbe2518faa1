use event_store::StoreError;
use futures_util::future::BoxFuture;
use infra_aws::views::ViewError;

use super::segment::Counts;
use crate::{fold::FoldError, projector::ProjectError};

/// What is done with a segment, page by page.
pub(crate) trait Work: Send {
    /// Reads a page of at most `limit` items behind `after` and works it off. Answers where to go on; `None` at
    /// the end.
    fn page<'a>(
        &'a mut self,
        after: Option<&'a str>,
        limit: i32,
        counts: &'a mut Counts,
    ) -> BoxFuture<'a, Result<Option<String>, WorkError>>;

    /// Completes what is under way: there is no next page, or no time for one.
    fn settle<'a>(&'a mut self, counts: &'a mut Counts) -> BoxFuture<'a, Result<(), WorkError>>;

    /// The place up to which all is done; `None` if nothing is.
    fn checkpoint(&self) -> Option<String>;
}

/// A page could not be worked off. Trying again may help.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WorkError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    View(#[from] ViewError),
    #[error(transparent)]
    Fold(#[from] FoldError),
    #[error(transparent)]
    Project(#[from] ProjectError),
    /// The checkpoint is none of this phase.
    #[error("the checkpoint {0:?} cannot be read")]
    Checkpoint(String),
}
