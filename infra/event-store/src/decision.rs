use cqrs_es::{Aggregate, AggregateError};

use crate::{Commit, ExecuteError, StoreError, change::Change, item::Item};

/// What a command comes to on a state that does not reject it: nothing, perhaps.
pub(crate) type Decision<A> = Option<Recording<A>>;

/// A commit that is ready to be written.
pub(crate) struct Recording<A> {
    pub(crate) commit: Commit,
    pub(crate) item: Item,
    pub(crate) changes: Vec<Change>,
    /// After the commit.
    pub(crate) state: A,
}

/// Puts together what the framework says and what the session kept. Of the framework's errors, only the
/// aggregate's own is of interest: whatever else ended the session, the session itself knows best.
pub(crate) fn conclude<A: Aggregate>(
    result: Result<(), AggregateError<A::Error>>,
    kept: Option<Result<Decision<A>, StoreError>>,
) -> Result<Decision<A>, ExecuteError<A::Error>> {
    match (result, kept) {
        (Err(AggregateError::UserError(rejection)), _) => Err(ExecuteError::Rejected(rejection)),
        (_, Some(kept)) => Ok(kept?),
        (result, None) => {
            let reason = result.err().map_or_else(|| "no answer was kept".into(), |error| error.to_string());
            Err(StoreError::Unavailable { source: reason.into() }.into())
        }
    }
}
