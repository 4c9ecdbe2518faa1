//! The items as they are stored. What was stored once has to be readable for ever: each form keeps its
//! fixture, and a program that would store another form says so here.

mod notation;

use std::{collections::HashMap, fs, num::NonZeroU32, path::PathBuf};

use aws_sdk_dynamodb::types::AttributeValue;
use event_store::{Snapshots, StoreError, Upcasters};
use serde_json::Value;

use crate::{
    account::{Account, Command, Event, notes, open_as, rename},
    bank::{Bank, creating, store_error, stream},
};
use notation::{from_json, to_json};

/// Raise it when the form of an item changes, let `EVENT_STORE_WRITE_FIXTURES=1 cargo test -p event-store`
/// write the new fixture, and keep the older ones.
const FORM: u32 = 2;

/// The form that rosters came with.
const ROSTERS: u32 = 2;

fn fixture(form: u32) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/store/format/{form}.json"))
}

fn snapshotting(bank: &Bank) -> Bank {
    let every = NonZeroU32::new(2).unwrap();
    bank.with(|accounts| accounts.snapshotting(Snapshots::of_state_version(1).every(every)))
}

/// Everything that an item can be: plain, compressed, with a snapshot, a claim, and a roster.
async fn tell(bank: &Bank) {
    let bank = snapshotting(&bank.enrolling());
    bank.send_in("1", open_as("savings"), &creating("open")).await.unwrap();
    bank.send("1", "deposit", Command::Deposit(5)).await.unwrap();
    bank.send("1", "note", notes(80)).await.unwrap();
    bank.send("1", "rename", rename("holidays")).await.unwrap();
}

fn expected() -> Account {
    let nickname = Some("holidays".into());
    Account { open: true, iban: None, nickname, cents: 5, notes: 80 }
}

async fn put(bank: &Bank, item: HashMap<String, AttributeValue>) {
    bank.client.put_item().table_name(&bank.table).set_item(Some(item)).send().await.unwrap();
}

async fn bank_of(form: u32) -> Bank {
    let bank = Bank::open().await;
    let items: Vec<Value> = serde_json::from_str(&fs::read_to_string(fixture(form)).unwrap()).unwrap();
    for item in &items {
        put(&bank, from_json(item)).await;
    }
    bank
}

#[tokio::test]
async fn every_form_that_was_ever_stored_is_understood() {
    for form in 1..=FORM {
        let bank = bank_of(form).await;
        assert_eq!(bank.load("1").await.state, expected(), "form {form}");
        let with_snapshots = snapshotting(&bank);
        assert_eq!(with_snapshots.load("1").await.state, expected(), "form {form}");

        let commits = bank.store.commits_after(&stream("1"), 0).await.unwrap();
        let counts =
            commits.iter().map(|commit| commit.decode::<Event>(&Upcasters::default()).unwrap().len());
        assert_eq!(counts.collect::<Vec<_>>(), [1, 1, 80, 1], "form {form}");

        let again = with_snapshots.send("1", "deposit", Command::Deposit(5)).await.unwrap();
        assert!(again.receipt.duplicate && again.receipt.commit == 2, "form {form}");
        let taken = store_error(bank.send_in("2", open_as("holidays"), &creating("open")).await);
        assert!(matches!(taken, StoreError::ClaimTaken { .. }), "form {form}: {taken:?}");

        let members = bank.store.roster("acme", "named").await.unwrap();
        assert_eq!(members.contains("1"), form >= ROSTERS, "form {form}");
    }
}

#[tokio::test]
async fn what_is_stored_has_the_form_of_its_fixture() {
    let bank = Bank::open().await;
    tell(&bank).await;
    let mut items: Vec<Value> = bank.items().await.iter().map(to_json).collect();
    items.sort_by_key(|item| (item["pk"].to_string(), item["sk"].to_string()));
    let file = fixture(FORM);
    if std::env::var_os("EVENT_STORE_WRITE_FIXTURES").is_some() && !file.exists() {
        fs::write(&file, serde_json::to_string_pretty(&items).unwrap() + "\n").unwrap();
    }
    let stored: Vec<Value> = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(items.len(), stored.len());
    for (now, then) in items.iter().zip(&stored) {
        assert_eq!(comparable(now), comparable(then), "the form of an item changed: raise FORM");
    }
}

/// Commit ids are drawn, and another release of zstd may compress otherwise.
fn comparable(item: &Value) -> Value {
    let mut item = item.clone();
    if let Some(id) = item.get_mut("u") {
        *id = Value::from(id["B"].as_str().unwrap().len());
    }
    for packed in ["/e", "/z/M/s"] {
        if let Some(value) = item.pointer_mut(packed)
            && let Some(hex) = value.get("B").and_then(Value::as_str)
        {
            let text = zstd::bulk::decompress(&notation::bytes(hex), 1 << 20).unwrap();
            *value = Value::from(format!("compressed: {}", String::from_utf8(text).unwrap()));
        }
    }
    item
}
