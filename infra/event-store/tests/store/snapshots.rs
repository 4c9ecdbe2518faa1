//! Snapshots inside commits.

use std::{collections::HashMap, num::NonZeroU32};

use aws_sdk_dynamodb::types::AttributeValue;
use event_store::Snapshots;

use crate::{
    account::{Account, Command, long_note, noise, open, rename},
    bank::{Bank, context, stream},
};

const EVERY: u64 = 4;

fn snapshots(state_version: u32) -> Snapshots {
    Snapshots::of_state_version(state_version).every(NonZeroU32::new(EVERY as u32).unwrap())
}

async fn bank() -> Bank {
    Bank::open().await.with(|accounts| accounts.snapshotting(snapshots(1)))
}

/// Opens account 1 and deposits 1 cent until the stream has so many commits.
async fn fill(bank: &Bank, commits: u64) {
    let first = bank.load("1").await.commit + 1;
    for n in first..=commits {
        let command = if n == 1 { open() } else { Command::Deposit(1) };
        let filled = bank.send("1", &format!("command {n}"), command).await.unwrap();
        assert_eq!((filled.receipt.commit, filled.state.cents), (n, n - 1));
    }
}

/// The commits of account 1 that carry a snapshot.
async fn carriers(bank: &Bank) -> Vec<u64> {
    let mut carriers: Vec<u64> = bank
        .items()
        .await
        .iter()
        .filter(|item| item.contains_key("z"))
        .map(|item| item["sk"].as_n().unwrap().parse().unwrap())
        .collect();
    carriers.sort_unstable();
    carriers
}

async fn spoil(bank: &Bank, commit: u64, attribute: &str, value: AttributeValue) {
    let key = |request: aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder| {
        request
            .key("pk", AttributeValue::S(stream("1").to_string()))
            .key("sk", AttributeValue::N(commit.to_string()))
    };
    let request = key(bank.client.update_item().table_name(&bank.table));
    let request = request.update_expression(format!("SET {attribute} = :value"));
    request.expression_attribute_values(":value", value).send().await.unwrap();
}

#[tokio::test]
async fn every_fourth_commit_carries_a_snapshot_and_a_load_reads_one_page() {
    let bank = bank().await;
    for commits in 1..=17 {
        fill(&bank, commits).await;
        let loaded = bank.load("1").await;
        assert_eq!((loaded.commit, loaded.sequence, loaded.state.cents), (commits, commits, commits - 1));
        assert_eq!((loaded.cost.round_trips, loaded.cost.read_units), (1, 1.0), "at {commits} commits");
    }
    assert_eq!(carriers(&bank).await, [4, 8, 12, 16]);
}

#[tokio::test]
async fn no_event_is_applied_twice() {
    let (with, without) = (bank().await, Bank::open().await);
    for bank in [&with, &without] {
        fill(bank, 30).await;
    }
    assert_eq!(with.load("1").await.state, without.load("1").await.state);
    assert_eq!(with.load("1").await.state, with.with(|_| with.store.aggregates()).load("1").await.state);
}

#[tokio::test]
async fn a_snapshot_of_another_state_version_is_ignored_and_the_next_commit_heals_it() {
    let bank = bank().await;
    fill(&bank, 9).await;
    let newer = bank.with(|accounts| accounts.snapshotting(snapshots(2)));
    let loaded = newer.load("1").await;
    assert_eq!((loaded.state.cents, loaded.cost.round_trips), (8, 2), "one page for naught, then all");
    fill(&newer, 10).await;
    assert_eq!(newer.load("1").await.cost.round_trips, 1);
    assert_eq!(carriers(&bank).await, [4, 8, 10]);
    // The other way round: the older program goes on without.
    fill(&bank, 13).await;
    assert_eq!(carriers(&bank).await, [4, 8, 10, 12]);
    assert_eq!(bank.load("1").await.state, newer.load("1").await.state);
}

#[tokio::test]
async fn a_snapshot_that_cannot_be_read_is_ignored_and_made_up_for() {
    let broken_state = HashMap::from([
        ("v".to_owned(), AttributeValue::N("1".into())),
        ("s".to_owned(), AttributeValue::S("{\"cents\":".into())),
        ("w".to_owned(), AttributeValue::B(aws_sdk_dynamodb::primitives::Blob::new([]))),
    ]);
    for spoilt in [
        AttributeValue::M(broken_state),
        AttributeValue::M(HashMap::new()),
        AttributeValue::S("nonsense".into()),
    ] {
        let bank = bank().await;
        fill(&bank, 9).await;
        spoil(&bank, 8, "z", spoilt).await;
        let loaded = bank.load("1").await;
        assert_eq!((loaded.commit, loaded.state.cents), (9, 8));
        // A page of four does not reach the snapshot in commit 4. Everything is replayed, once.
        fill(&bank, 10).await;
        assert_eq!(carriers(&bank).await, [4, 8, 10]);
        assert_eq!(bank.load("1").await.cost.round_trips, 1);
    }
}

#[tokio::test]
async fn a_smaller_interval_starts_with_the_next_commit_and_a_larger_one_finds_the_old_snapshot() {
    let bank = bank().await;
    fill(&bank, 11).await;
    let rarer =
        bank.with(|accounts| accounts.snapshotting(snapshots(1).every(NonZeroU32::new(100).unwrap())));
    assert_eq!(rarer.load("1").await.cost.round_trips, 1);
    fill(&rarer, 20).await;
    assert_eq!(carriers(&bank).await, [4, 8]);
    fill(&bank, 21).await;
    assert_eq!(carriers(&bank).await, [4, 8, 21]);
    assert_eq!(bank.load("1").await.cost.round_trips, 1);
}

#[tokio::test]
async fn a_snapshot_that_would_break_the_item_limit_is_left_out_until_it_fits() {
    let bank = bank().await;
    bank.send("1", "open", Command::Open { iban: None, nickname: Some(noise(400_000)) }).await.unwrap();
    fill_with_notes(&bank, 2..=3, 10).await;
    // A commit of over 100 KB, and a state of some 300 KB: together they are too much.
    fill_with_notes(&bank, 4..=5, 150_000).await;
    assert_eq!(carriers(&bank).await, [0; 0]);
    fill_with_notes(&bank, 6..=6, 10).await;
    assert_eq!(carriers(&bank).await, [6]);
    let loaded = bank.load("1").await;
    assert_eq!((loaded.commit, loaded.state.notes, loaded.cost.round_trips), (6, 5, 1));
}

async fn fill_with_notes(bank: &Bank, commits: std::ops::RangeInclusive<u64>, bytes: usize) {
    for n in commits {
        bank.send("1", &format!("note {n}"), long_note(bytes)).await.unwrap();
    }
}

#[tokio::test]
async fn a_stream_of_five_megabytes_without_a_usable_snapshot_is_read_whole() {
    let bank = Bank::open().await.remembering(1);
    bank.send("1", "open", open()).await.unwrap();
    fill_with_notes(&bank, 2..=21, 340_000).await;
    let bank = bank.with(|_| bank.store.aggregates().snapshotting(snapshots(1)));
    let loaded = bank.load("1").await;
    assert_eq!((loaded.commit, loaded.state.notes), (21, 20));
    assert!(loaded.cost.read_units > 1_200.0, "{:?}", loaded.cost);
    fill_with_notes(&bank, 22..=22, 10).await;
    assert_eq!(bank.load("1").await.cost.round_trips, 1);
}

#[tokio::test]
async fn a_page_that_ends_at_a_megabyte_before_the_snapshot_is_followed_by_the_next() {
    let every_eight = |bank: &Bank| {
        bank.with(|accounts| accounts.snapshotting(snapshots(1).every(NonZeroU32::new(8).unwrap())))
    };
    let bank = every_eight(&Bank::open().await);
    fill(&bank, 8).await;
    fill_with_notes(&bank, 9..=14, 400_000).await;
    let loaded = bank.load("1").await;
    assert_eq!((loaded.commit, loaded.state.notes, loaded.state.cents), (14, 6, 7));
    assert_eq!(loaded.cost.round_trips, 2);
}

#[tokio::test]
async fn a_command_before_the_snapshot_gets_its_first_receipt_and_the_state_of_that_time() {
    let bank = bank().await;
    fill(&bank, 70).await;
    let again = bank.send("1", "command 9", Command::Deposit(1)).await.unwrap();
    assert!(again.receipt.duplicate);
    assert_eq!((again.receipt.commit, again.receipt.first_sequence, again.receipt.events), (9, 9, 1));
    assert_eq!((again.state.cents, again.cost.round_trips), (8, 2));
    assert_eq!(bank.load("1").await.commit, 70);
}

#[tokio::test]
async fn the_last_sixty_four_commands_and_those_since_the_snapshot_are_remembered_and_no_more() {
    let bank = bank().await;
    fill(&bank, 71).await;
    // The newest snapshot is in commit 68; it knows the 64 commands before that one.
    for n in [4, 5, 67, 68, 69, 71] {
        let again = bank.send("1", &format!("command {n}"), Command::Deposit(1)).await.unwrap();
        assert_eq!((again.receipt.commit, again.receipt.duplicate), (n, true));
    }
    let forgotten = bank.send("1", "command 3", Command::Deposit(1)).await.unwrap();
    assert_eq!((forgotten.receipt.commit, forgotten.receipt.duplicate), (72, false));
}

#[tokio::test]
async fn as_long_as_no_snapshot_fits_every_command_is_remembered() {
    let bank = bank().await.remembering(1);
    bank.send("1", "open", Command::Open { iban: Some(noise(400_000)), nickname: None }).await.unwrap();
    // Backwards, so that nothing of it is found in the other one.
    let nickname: String = noise(400_000).chars().rev().collect();
    bank.send("1", "rename", rename(&nickname)).await.unwrap();
    for n in 3..=90 {
        bank.send("1", &format!("command {n}"), Command::Deposit(1)).await.unwrap();
    }
    assert_eq!(carriers(&bank).await, [0; 0]);
    let cold = bank.with(|_| bank.store.aggregates().snapshotting(snapshots(1)));
    for bank in [bank, cold] {
        let again = bank.send("1", "command 3", Command::Deposit(1)).await.unwrap();
        assert_eq!((again.receipt.commit, again.receipt.duplicate, again.state.cents), (3, true, 1));
    }
}

#[tokio::test]
async fn a_create_is_recognised_however_long_the_stream_has_become() {
    let bank = bank().await;
    fill(&bank, 100).await;
    let creating = event_store::CommandContext { assume_new: true, ..context("command 1") };
    let again = bank.send_in("1", open(), &creating).await.unwrap();
    assert_eq!((again.receipt.commit, again.receipt.duplicate), (1, true));
    assert_eq!((again.cost.round_trips, again.cost.read_units), (1, 0.0));
    assert_eq!(again.state, Account { open: true, ..Account::default() });
}
