use aws_sdk_dynamodb::types::AttributeValue;

use super::*;
use crate::{claim::KeyedClaim, item::map, roster::KeyedRoster};

/// Takes an e-mail address and a name, releases a name.
fn changes() -> [Change; 3] {
    let claim = |kind, hash: &str| KeyedClaim { kind, partition_key: format!("acme!{kind}#{hash}") };
    [Change::Take(claim("email", "a")), Change::Take(claim("name", "b")), Change::Release(claim("name", "c"))]
}

fn outcome(codes: [&str; 4]) -> Result<Transacted, StoreError> {
    let reasons = codes.map(|code| CancellationReason::builder().code(code).build());
    cancelled(&reasons, &stream("1"), &changes())
}

fn stream(id: &str) -> StreamId {
    StreamId::new("acme", "Account", id).unwrap()
}

/// Joins one roster and leaves another, which has these members.
fn left(codes: [&str; 3], members: &[&str]) -> Result<Transacted, StoreError> {
    let roster = |name| KeyedRoster { name, partition_key: format!("acme!!{name}") };
    let members = members.iter().map(|id| stream(id).to_string()).collect();
    let item = map([(MEMBERS, AttributeValue::Ss(members))]);
    let [commit, join, leave] = codes.map(|code| CancellationReason::builder().code(code));
    let reasons = [commit.build(), join.build(), leave.set_item(Some(item)).build()];
    cancelled(&reasons, &stream("1"), &[Change::Join(roster("staff")), Change::Leave(roster("owners"))])
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
fn a_roster_that_has_only_us_cannot_be_left() {
    let error = left(["None", "None", "ConditionalCheckFailed"], &["1"]).unwrap_err();
    assert!(matches!(error, StoreError::LastMember { roster } if roster == "owners"));
}

#[test]
fn a_roster_that_does_not_have_us_needs_not_be_left() {
    for members in [&["2"][..], &["2", "3"]] {
        let outcome = left(["None", "None", "ConditionalCheckFailed"], members);
        assert!(matches!(outcome, Ok(Transacted::NotHeld(1))));
    }
    // There is no such roster.
    let reasons =
        ["None", "ConditionalCheckFailed"].map(|code| CancellationReason::builder().code(code).build());
    let roster = KeyedRoster { name: "owners", partition_key: "acme!!owners".into() };
    let outcome = cancelled(&reasons, &stream("1"), &[Change::Leave(roster)]);
    assert!(matches!(outcome, Ok(Transacted::NotHeld(0))));
}

#[test]
fn the_last_member_is_refused_only_where_nothing_hides_a_better_answer() {
    let codes = ["ConditionalCheckFailed", "None", "ConditionalCheckFailed"];
    assert!(matches!(left(codes, &["1"]), Ok(Transacted::Ended(Outcome::Occupied(None)))));
    let codes = ["None", "TransactionConflict", "ConditionalCheckFailed"];
    assert!(matches!(left(codes, &["1"]), Ok(Transacted::Ended(Outcome::Again(Setback::Busy)))));
    let codes = ["None", "ThrottlingError", "ConditionalCheckFailed"];
    assert!(matches!(left(codes, &["1"]), Ok(Transacted::Ended(Outcome::Again(Setback::Throttled { .. })))));
}

#[test]
fn any_other_reason_is_a_refusal() {
    let error = outcome(["None", "None", "ValidationError", "None"]).unwrap_err();
    assert!(matches!(error, StoreError::Refused { code, .. } if code == "ValidationError"));
}
