use serde_json::json;

use super::*;
use crate::{
    Metadata, RecordedEvent, StreamId,
    item::{map, text},
};

fn draft(payload: String) -> Draft {
    let event = RecordedEvent {
        event_type: "account.noted".into(),
        event_version: "1".into(),
        payload: json!({ "Noted": { "text": payload } }),
    };
    let commit = Commit {
        stream: StreamId::new("acme", "Account", "42").unwrap(),
        number: 3,
        first_sequence: 7,
        at: chrono::DateTime::from_timestamp_millis(1_795_132_800_123).unwrap(),
        events: vec![event],
        metadata: Metadata::default(),
        command_id: "command-1".into(),
        fingerprint: [9; 32],
        id: uuid::Uuid::from_bytes([5; 16]),
    };
    Draft { commit, snapshot: None }
}

fn with_snapshot(payload: String, state: String) -> Draft {
    Draft { snapshot: Some(AttributeValue::M(map([("s", text(state))]))), ..draft(payload) }
}

/// Text that compresses to about three quarters.
fn noise(bytes: usize) -> String {
    let digest = |n: usize| {
        use sha2::Digest as _;
        sha2::Sha256::digest(n.to_be_bytes()).into_iter().map(|byte| char::from(b'0' + byte % 64))
    };
    (0..).flat_map(digest).take(bytes).collect()
}

fn is_packed(item: &Item) -> bool {
    item[EVENTS].is_b()
}

#[test]
fn what_fits_in_a_kilobyte_is_left_alone() {
    assert!(!is_packed(&draft("x".repeat(500)).to_item().unwrap()));
}

#[test]
fn what_takes_a_second_kilobyte_is_compressed_into_the_first() {
    let item = draft("x".repeat(2000)).to_item().unwrap();
    assert!(is_packed(&item));
    assert_eq!(billed_kilobytes(item_size(&item)), 1);
    assert_eq!(Commit::from_item(&item), Ok(draft("x".repeat(2000)).commit));
}

#[test]
fn what_would_save_no_billed_kilobyte_is_left_alone() {
    let item = draft(noise(1200)).to_item().unwrap();
    assert_eq!(billed_kilobytes(item_size(&item)), 2);
    assert!(!is_packed(&item));
}

#[test]
fn a_snapshot_is_compressed_with_the_events() {
    let item = with_snapshot("x".into(), "y".repeat(2000)).to_item().unwrap();
    assert_eq!(billed_kilobytes(item_size(&item)), 1);
    let snapshot = item[SNAPSHOT].as_m().unwrap();
    assert_eq!(pack::text_of(&snapshot["s"]).unwrap(), "y".repeat(2000));
}

#[test]
fn a_snapshot_without_which_the_item_fits_is_left_out() {
    let item = with_snapshot(noise(300_000), noise(300_001)).to_item().unwrap();
    assert!(!item.contains_key(SNAPSHOT));
    assert!(item_size(&item) <= ITEM_LIMIT);
}

#[test]
fn an_item_that_is_too_large_without_a_snapshot_is_refused() {
    let refused = with_snapshot(noise(700_000), "y".into()).to_item();
    assert!(matches!(refused, Err(StoreError::CommitTooLarge { limit: ITEM_LIMIT, .. })));
}
