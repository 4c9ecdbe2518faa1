use super::*;
use crate::claim::KeyedClaim;

/// Takes an e-mail address and a name, releases a name.
fn changes() -> [Change; 3] {
    let claim = |kind, hash: &str| KeyedClaim { kind, partition_key: format!("acme!{kind}#{hash}") };
    [Change::Take(claim("email", "a")), Change::Take(claim("name", "b")), Change::Release(claim("name", "c"))]
}

fn outcome(codes: [&str; 4]) -> Result<Transacted, StoreError> {
    let reasons = codes.map(|code| CancellationReason::builder().code(code).build());
    cancelled(&reasons, &changes())
}

#[test]
fn the_condition_of_the_commit_is_asked_first() {
    let codes = ["ConditionalCheckFailed", "ConditionalCheckFailed", "TransactionConflict", "None"];
    assert!(matches!(outcome(codes), Ok(Transacted::Ended(Outcome::Occupied(None)))));
}

#[test]
fn a_conflict_is_tried_again_even_if_a_claim_looks_taken() {
    let codes = ["TransactionConflict", "ConditionalCheckFailed", "None", "None"];
    assert!(matches!(outcome(codes), Ok(Transacted::Ended(Outcome::Again(Setback::Busy)))));
    let codes = ["None", "TransactionConflict", "None", "None"];
    assert!(matches!(outcome(codes), Ok(Transacted::Ended(Outcome::Again(Setback::Busy)))));
}

#[test]
fn a_throttled_part_is_tried_again() {
    let codes = ["None", "ThrottlingError", "None", "None"];
    let throttled = Setback::Throttled { code: "ThrottlingError".into() };
    assert!(matches!(outcome(codes), Ok(Transacted::Ended(Outcome::Again(setback))) if setback == throttled));
}

#[test]
fn a_claim_held_by_another_stream_is_named_by_its_kind() {
    let taken = |codes| match outcome(codes) {
        Err(StoreError::ClaimTaken { kind }) => kind,
        other => panic!("{other:?}"),
    };
    assert_eq!(taken(["None", "ConditionalCheckFailed", "None", "None"]), "email");
    assert_eq!(taken(["None", "None", "ConditionalCheckFailed", "None"]), "name");
}

#[test]
fn a_claim_to_be_released_that_another_stream_holds_was_never_ours() {
    let codes = ["None", "None", "None", "ConditionalCheckFailed"];
    assert!(matches!(outcome(codes), Ok(Transacted::NotHeld(2))));
}

#[test]
fn any_other_reason_is_a_refusal() {
    let error = outcome(["None", "None", "ValidationError", "None"]).unwrap_err();
    assert!(matches!(error, StoreError::Refused { code, .. } if code == "ValidationError"));
}
