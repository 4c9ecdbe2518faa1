use std::sync::Arc;

use cqrs_es::Aggregate;

use crate::{ExecuteError, Receipt, StoreError, position::Position, setback::Setback};

/// How one attempt at a command ended.
pub(crate) type Attempt<A> = Result<Ending<A>, ExecuteError<<A as Aggregate>::Error>>;

pub(crate) enum Ending<A> {
    Answered(Answer<A>),
    /// Another commit has the number. The position is the one after it, unless the table did not say which
    /// commit it is.
    Overtaken(Option<Arc<Position<A>>>),
    Again(Setback),
}

/// The position that a command led to, and its receipt.
pub(crate) type Answer<A> = (Arc<Position<A>>, Receipt);

/// Whether an attempt means something only on a state that was the stream's: it left nothing in the table
/// that would have told.
///
/// That a claim is taken, or that a roster would lose its last member, is final on any state: the table told
/// it, and in the same transaction the commit's own condition held, so that the state was the stream's.
pub(crate) fn needs_proof<A: Aggregate>(attempt: &Attempt<A>) -> bool {
    match attempt {
        Ok(Ending::Answered((_, receipt))) => receipt.events == 0,
        Ok(Ending::Overtaken(_) | Ending::Again(_)) => false,
        Err(ExecuteError::Rejected(_)) => true,
        // These follow from the state alone; the table was not asked.
        Err(ExecuteError::Store(
            StoreError::VersionMismatch { .. }
            | StoreError::CommitTooLarge { .. }
            | StoreError::TooManyClaims { .. }
            | StoreError::InvalidRoster { .. }
            | StoreError::InvalidEvent { .. },
        )) => true,
        Err(ExecuteError::Store(_)) => false,
    }
}
