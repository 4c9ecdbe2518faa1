use serde_json::json;

use super::*;
use crate::{Upcasters, size::item_size};

#[derive(Clone, PartialEq, Debug, serde::Serialize, serde::Deserialize)]
struct Nothing;

impl cqrs_es::DomainEvent for Nothing {
    fn event_type(&self) -> String {
        "nothing".into()
    }

    fn event_version(&self) -> String {
        "1".into()
    }
}

fn event(event_type: &str, payload: Value) -> RecordedEvent {
    RecordedEvent { event_type: event_type.into(), event_version: "1".into(), payload }
}

fn commit() -> Commit {
    Commit {
        stream: StreamId::new("acme", "Account", "42").unwrap(),
        number: 3,
        first_sequence: 7,
        at: DateTime::from_timestamp_millis(1_795_132_800_123).unwrap(),
        events: vec![
            event("account.deposited", json!({"Deposited": {"cents": 5}})),
            event("account.closed", json!("Closed")),
        ],
        metadata: Metadata {
            actor: "teller".into(),
            correlation_id: "request-1".into(),
            causation_id: Some("message-9".into()),
            traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into()),
        },
        command_id: "command-1".into(),
        fingerprint: [9; 32],
        id: Uuid::from_bytes([5; 16]),
    }
}

fn reason_without(change: impl FnOnce(&mut Item)) -> String {
    let mut item = write(&commit());
    change(&mut item);
    let corrupt = Commit::from_item(&item).unwrap_err();
    assert_eq!((corrupt.stream.as_str(), corrupt.commit), ("acme#Account#42", 3));
    corrupt.reason
}

#[test]
fn a_commit_survives_its_item() {
    let item = write(&commit());
    assert!(Commit::is_commit(&item));
    assert_eq!(Commit::from_item(&item), Ok(commit()));
}

#[test]
fn metadata_that_is_absent_takes_no_room() {
    let mut commit = commit();
    commit.metadata = Metadata { actor: "teller".into(), ..Metadata::default() };
    let item = write(&commit);
    assert_eq!(item[METADATA], AttributeValue::M(map([("a", text("teller")), ("r", text(""))])));
    assert_eq!(Commit::from_item(&item), Ok(commit));
}

#[test]
fn types_and_payloads_stand_side_by_side() {
    let item = write(&commit());
    let tags = ["account.deposited@1", "account.closed@1"].map(text).to_vec();
    assert_eq!(item[TYPES], AttributeValue::L(tags));
    assert_eq!(item[EVENTS], text(r#"[{"Deposited":{"cents":5}},"Closed"]"#));
}

#[test]
fn an_ordinary_commit_is_billed_as_one_kilobyte() {
    let bytes = item_size(&write(&commit()));
    assert!(bytes < 1024 / 2, "{bytes} bytes leave room for the events");
}

#[test]
fn a_missing_or_malformed_attribute_is_named() {
    assert_eq!(reason_without(|item| drop(item.remove(AT))), "attribute ts is missing");
    assert_eq!(
        reason_without(|item| drop(item.insert(COMMIT_ID.into(), text("x")))),
        "attribute u is malformed"
    );
}

#[test]
fn types_and_payloads_of_different_number_are_refused() {
    let one = AttributeValue::L(vec![text("account.closed@1")]);
    let reason = reason_without(|item| drop(item.insert(TYPES.into(), one)));
    assert_eq!(reason, "it names 1 events and holds 2");
}

#[test]
fn a_payload_never_shows_in_a_reason_or_in_debug_output() {
    let mut commit = commit();
    commit.events[0].payload = json!({"Deposited": {"cents": "alice@example.com"}});
    let corrupt = commit.decode::<Nothing>(&Upcasters::default()).unwrap_err();
    assert_eq!(corrupt.reason, "account.deposited@1 is not an event that this program knows");
    assert!(!format!("{commit:?}").contains("alice"));
}

#[test]
fn a_claim_is_not_a_commit() {
    assert!(!Commit::is_commit(&map([(KIND, text(CLAIM))])));
    assert!(!Commit::is_commit(&Item::new()));
}
