use std::sync::Arc;

use cqrs_es::{Aggregate, AggregateError};

use crate::{Receipt, StoreError, position::Position, setback::Setback};

/// How one attempt at a command ended; or that the aggregate rejected the command.
pub(crate) type Attempt<A> = Result<Ending<A>, <A as Aggregate>::Error>;

pub(crate) enum Ending<A> {
    Answered(Answer<A>),
    /// Another commit has the number. The position is the one after it, unless the table did not say which
    /// commit it is.
    Overtaken(Option<Arc<Position<A>>>),
    Again(Setback),
    Failed(StoreError),
}

/// The position that a command led to, and its receipt.
pub(crate) type Answer<A> = (Arc<Position<A>>, Receipt);

/// Puts together what the framework says and what the session kept. Of the framework's errors, only the
/// aggregate's own is of interest: whatever else ended the session, the session itself knows best.
pub(crate) fn conclude<A: Aggregate>(
    result: Result<(), AggregateError<A::Error>>,
    kept: Option<Ending<A>>,
) -> Attempt<A> {
    match (result, kept) {
        (Err(AggregateError::UserError(rejection)), _) => Err(rejection),
        (_, Some(kept)) => Ok(kept),
        (result, None) => {
            let reason = result.err().map_or_else(|| "no answer was kept".into(), |error| error.to_string());
            Ok(Ending::Failed(StoreError::Unavailable { source: reason.into() }))
        }
    }
}

/// Whether an attempt means something only on a state that was the stream's: it left nothing in the table
/// that would have told.
pub(crate) fn needs_proof<A: Aggregate>(attempt: &Attempt<A>) -> bool {
    match attempt {
        Err(_) => true,
        Ok(Ending::Answered((_, receipt))) => receipt.events == 0,
        // These follow from the state alone; the table was not asked.
        Ok(Ending::Failed(
            StoreError::VersionMismatch { .. }
            | StoreError::CommitTooLarge { .. }
            | StoreError::TooManyClaims { .. }
            | StoreError::InvalidEvent { .. },
        )) => true,
        Ok(Ending::Overtaken(_) | Ending::Again(_) | Ending::Failed(_)) => false,
    }
}
