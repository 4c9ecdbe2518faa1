use aws_sdk_dynamodb::types::CancellationReason;

use crate::{
    StoreError,
    change::Change,
    sdk_error::is_throttling,
    setback::Setback,
    write::{Outcome, Transacted},
};

/// Finds out why a transaction was cancelled; there is one reason for each of its items.
///
/// The order of the questions matters. The commit's condition comes first, because it tells whether an
/// earlier try of ours had landed: then a claim may be another's by now, and the command succeeded all
/// the same. A claim's condition comes last, because it is final, and a conflict or a throttled part
/// may hide a better answer.
pub(crate) fn cancelled(
    reasons: &[CancellationReason],
    changes: &[Change],
) -> Result<Transacted, StoreError> {
    if let Some(commit) = reasons.first().filter(|reason| is_condition(reason)) {
        return Ok(Transacted::Ended(Outcome::Occupied(commit.item().cloned())));
    }
    if reasons.iter().any(|reason| reason.code() == Some("TransactionConflict")) {
        return Ok(Transacted::Ended(Outcome::Again(Setback::Busy)));
    }
    if let Some(code) = reasons.iter().filter_map(CancellationReason::code).find(|code| is_throttling(code)) {
        return Ok(Transacted::Ended(Outcome::Again(Setback::Throttled { code: code.to_owned() })));
    }
    change_failure(reasons, changes).unwrap_or_else(|| Err(refusal(reasons)))
}

fn change_failure(
    reasons: &[CancellationReason],
    changes: &[Change],
) -> Option<Result<Transacted, StoreError>> {
    let place = reasons.iter().position(is_condition)?.checked_sub(1)?;
    Some(match changes.get(place)? {
        Change::Take(claim) => Err(StoreError::ClaimTaken { kind: claim.kind.to_owned() }),
        Change::Release(_) => Ok(Transacted::NotHeld(place)),
    })
}

fn refusal(reasons: &[CancellationReason]) -> StoreError {
    let reason = reasons.iter().find(|reason| reason.code() != Some("None"));
    let code = reason.and_then(CancellationReason::code).unwrap_or("TransactionCanceledException");
    let message = reason.and_then(CancellationReason::message).unwrap_or_default();
    StoreError::Refused { code: code.to_owned(), message: message.to_owned() }
}

fn is_condition(reason: &CancellationReason) -> bool {
    reason.code() == Some("ConditionalCheckFailed")
}

#[cfg(test)]
#[path = "cancellation_tests.rs"]
mod tests;
