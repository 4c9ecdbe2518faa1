use event_store::StoreError;
use infra_aws::{queue::SendError, views::ViewError};

use super::State;

/// A replay was not started, or nothing was done with it.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    #[error("there is no projection {0}")]
    UnknownProjection(String),
    #[error("there is no replay {0}")]
    UnknownJob(String),
    /// One generation beside the live one is all there can be.
    #[error("the generation that {0} has built, or left, is still beside the live one")]
    Busy(String),
    #[error("{id} is {}", state.as_str())]
    WrongState { id: String, state: State },
    /// Somebody else changed it at the same moment.
    #[error("the replay has changed meanwhile")]
    Changed,
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    View(ViewError),
    #[error(transparent)]
    Queue(#[from] SendError),
}

impl From<ViewError> for Refused {
    fn from(error: ViewError) -> Self {
        match error {
            ViewError::Changed => Self::Changed,
            ViewError::Unavailable(_) | ViewError::Unreadable { .. } => Self::View(error),
        }
    }
}
