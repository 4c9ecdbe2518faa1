use cqrs_es::AggregateError;

use crate::{CorruptCommit, StoreError};

/// What ends an attempt early. It travels through cqrs-es as an unexpected error, and comes out as
/// what it was.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Interruption {
    /// The command had been carried out before; the answer has been kept.
    #[error("the command was carried out before")]
    Answered,
    #[error("the attempt met a setback: {0:?}")]
    Again(Setback),
    #[error(transparent)]
    Failed(#[from] StoreError),
}

/// Why an attempt has to be repeated.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Setback {
    /// Another command's commit took the number.
    Overtaken,
    /// A running transaction is in the way.
    Busy,
    /// A part of the transaction was throttled.
    Throttled { code: String },
}

impl Setback {
    /// What the caller is told when there were too many.
    pub(crate) fn after(self, attempts: u32) -> StoreError {
        match self {
            Self::Overtaken | Self::Busy => StoreError::Contention { attempts },
            Self::Throttled { code } => StoreError::Throttled { code },
        }
    }
}

impl From<CorruptCommit> for Interruption {
    fn from(corrupt: CorruptCommit) -> Self {
        Self::Failed(corrupt.into())
    }
}

impl<E: std::error::Error> From<Interruption> for AggregateError<E> {
    fn from(interruption: Interruption) -> Self {
        Self::UnexpectedError(Box::new(interruption))
    }
}
