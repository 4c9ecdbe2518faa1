use crate::{StoreError, claim::KeyedClaim, roster::KeyedRoster};

/// A transaction has a hundred items at most, and one is the commit.
const MOST_CHANGES: usize = 99;

/// What a commit changes beside its stream, each in an item of its own, in one transaction with the commit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Change {
    Take(KeyedClaim),
    Release(KeyedClaim),
    Join(KeyedRoster),
    Leave(KeyedRoster),
}

/// # Errors
/// [`StoreError::TooManyClaims`] if they do not fit in one transaction with a commit.
pub(crate) fn within_limit(changes: Vec<Change>) -> Result<Vec<Change>, StoreError> {
    if changes.len() > MOST_CHANGES {
        return Err(StoreError::TooManyClaims { claims: changes.len(), limit: MOST_CHANGES });
    }
    Ok(changes)
}
