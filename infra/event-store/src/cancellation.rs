use aws_sdk_dynamodb::types::CancellationReason;

use crate::{
    StoreError, StreamId,
    change::Change,
    fields::Fields,
    item::MEMBERS,
    sdk_error::is_throttling,
    setback::Setback,
    write::{Outcome, Transacted},
};

/// Finds out why a transaction was cancelled; there is one reason for each of its items.
///
/// The order of the questions matters. The commit's condition comes first, because it tells whether an
/// earlier try of ours had landed: then a claim may be another's by now, or we may have left a roster, and
/// the command succeeded all the same. It also tells whether the state that was decided on is the stream's:
/// only because it is does a change's condition count. That comes last, because it is final, and a conflict
/// or a throttled part may hide a better answer.
pub(crate) fn cancelled(
    reasons: &[CancellationReason],
    stream: &StreamId,
    changes: &[Change],
) -> Result<Transacted, StoreError> {
    if let Some(commit) = reasons.first().filter(|reason| is_condition(reason)) {
        return Ok(Transacted::Ended(Outcome::Occupied(commit.item().cloned())));
    }
    if let Some(setback) = setback(reasons) {
        return Ok(Transacted::Ended(Outcome::Again(setback)));
    }
    change_failure(reasons, stream, changes).unwrap_or_else(|| Err(refusal(reasons)))
}

/// Why the same transaction may succeed a moment later, if it may.
pub(crate) fn setback(reasons: &[CancellationReason]) -> Option<Setback> {
    if reasons.iter().any(|reason| reason.code() == Some("TransactionConflict")) {
        return Some(Setback::Busy);
    }
    let throttled = reasons.iter().filter_map(CancellationReason::code).find(|code| is_throttling(code));
    throttled.map(|code| Setback::Throttled { code: code.to_owned() })
}

fn change_failure(
    reasons: &[CancellationReason],
    stream: &StreamId,
    changes: &[Change],
) -> Option<Result<Transacted, StoreError>> {
    let place = reasons.iter().position(is_condition)?.checked_sub(1)?;
    match changes.get(place)? {
        Change::Take(claim) => Some(Err(StoreError::ClaimTaken { kind: claim.kind.to_owned() })),
        // Who is in it, and may not leave, is alone.
        Change::Leave(roster) if is_member(stream, &reasons[place + 1]) => {
            Some(Err(StoreError::LastMember { roster: roster.name.to_owned() }))
        }
        Change::Release(_) | Change::Leave(_) => Some(Ok(Transacted::NotHeld(place))),
        // Joining has no condition.
        Change::Join(_) => None,
    }
}

/// Whether the stream is a member of the roster that came back with the refusal.
fn is_member(stream: &StreamId, reason: &CancellationReason) -> bool {
    let members = reason.item().and_then(|item| Fields(item).text_set(MEMBERS).ok());
    members.is_some_and(|members| members.contains(&stream.to_string()))
}

fn refusal(reasons: &[CancellationReason]) -> StoreError {
    let reason = reasons.iter().find(|reason| reason.code() != Some("None"));
    let code = reason.and_then(CancellationReason::code).unwrap_or("TransactionCanceledException");
    let message = reason.and_then(CancellationReason::message).unwrap_or_default();
    StoreError::Refused { code: code.to_owned(), message: message.to_owned() }
}

pub(crate) fn is_condition(reason: &CancellationReason) -> bool {
    reason.code() == Some("ConditionalCheckFailed")
}

#[cfg(test)]
#[path = "cancellation_tests.rs"]
mod tests;
