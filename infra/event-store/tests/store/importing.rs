//! Putting streams that were written elsewhere into a table.

use std::{collections::HashMap, num::NonZeroU32};

use aws_sdk_dynamodb::types::AttributeValue;
use event_store::{Aggregates, Commit, Import, ImportError, Imported, Metadata, Snapshots, StoreError};

use crate::{
    account::{Account, Command, long_note, notes, open, open_as, rename},
    bank::{Bank, creating, store_error, stream},
    faults::cancelled,
};

fn snapshotting(accounts: Aggregates<Account>) -> Aggregates<Account> {
    accounts.enrolling(Account::rosters).snapshotting(Snapshots::of_state_version(1))
}

async fn bank() -> Bank {
    Bank::open().await.with(snapshotting)
}

async fn history(bank: &Bank, id: &str) -> Vec<Commit> {
    bank.store.commits_after(&stream(id), 0).await.unwrap()
}

async fn push_all(import: &mut Import<Account>, commits: &[Commit]) -> Result<(), ImportError> {
    for commit in commits {
        import.push(commit.clone()).await?;
    }
    Ok(())
}

async fn import(bank: &Bank, id: &str, commits: &[Commit]) -> Result<Imported, ImportError> {
    let mut import = bank.accounts.import(stream(id));
    push_all(&mut import, commits).await?;
    import.finish().await
}

/// All items by their keys. A commit's snapshot is among them.
async fn items(bank: &Bank) -> HashMap<String, HashMap<String, AttributeValue>> {
    let items = bank.items().await.into_iter();
    items.map(|item| (format!("{:?} {:?}", item["pk"], item["sk"]), item)).collect()
}

/// Three accounts, of which two have had the same name, and one has long been closed.
async fn lived_in() -> Bank {
    let bank = bank().await;
    bank.send_in("1", open_as("savings"), &creating("open")).await.unwrap();
    bank.send("1", "rename", rename("holidays")).await.unwrap();
    bank.send_in("2", open_as("savings"), &creating("open")).await.unwrap();
    bank.send("2", "note", notes(80)).await.unwrap();
    for n in 0..20 {
        bank.send("2", &format!("deposit {n}"), Command::Deposit(n)).await.unwrap();
    }
    bank.send_in("3", open_as("closed"), &creating("open")).await.unwrap();
    bank.send("3", "close", Command::Close).await.unwrap();
    bank
}

#[tokio::test]
async fn an_imported_table_is_the_same_whatever_the_order_of_its_streams() {
    let old = lived_in().await;
    for order in [["1", "2", "3"], ["3", "2", "1"]] {
        let new = bank().await;
        for id in order {
            import(&new, id, &history(&old, id).await).await.unwrap();
        }
        assert_eq!(items(&new).await, items(&old).await);
    }
}

#[tokio::test]
async fn commands_go_on_on_an_imported_stream() {
    let (old, new) = (lived_in().await, bank().await);
    for id in ["1", "2", "3"] {
        import(&new, id, &history(&old, id).await).await.unwrap();
    }
    let again = new.send("2", "deposit 3", Command::Deposit(3)).await.unwrap();
    assert!(again.receipt.duplicate && again.receipt.commit == 6);
    let taken = store_error(new.send_in("4", open_as("savings"), &creating("open")).await);
    assert!(matches!(taken, StoreError::ClaimTaken { .. }), "{taken:?}");
    new.send("2", "close", Command::Close).await.unwrap();
    let last = store_error(new.send("1", "close", Command::Close).await);
    assert!(matches!(last, StoreError::LastMember { .. }), "{last:?}");
    new.send_in("5", open_as("savings"), &creating("open")).await.unwrap();
}

#[tokio::test]
async fn a_stream_of_a_hundred_items_is_one_request_and_appears_at_once() {
    let (old, new) = (bank().await.remembering(1), bank().await);
    old.send_in("1", open_as("savings"), &creating("open")).await.unwrap();
    for n in 2..=98 {
        old.send("1", &n.to_string(), Command::Deposit(n)).await.unwrap();
    }
    let imported = import(&new, "1", &history(&old, "1").await).await.unwrap();
    assert_eq!((imported.written, imported.present, imported.cost.round_trips), (98, 0, 1));
    assert_eq!(items(&new).await, items(&old).await);

    old.send("1", "99", Command::Deposit(99)).await.unwrap();
    let longer = bank().await;
    let imported = import(&longer, "1", &history(&old, "1").await).await.unwrap();
    assert_eq!((imported.written, imported.cost.round_trips), (99, 2));
    assert_eq!(items(&longer).await, items(&old).await);
}

#[tokio::test]
async fn a_stream_of_several_transactions_is_whole_in_the_end() {
    let (old, new) = (bank().await.remembering(1), bank().await);
    old.send_in("1", open_as("savings"), &creating("open")).await.unwrap();
    for n in 0..12 {
        old.send("1", &format!("note {n}"), long_note(380_000)).await.unwrap();
    }
    let imported = import(&new, "1", &history(&old, "1").await).await.unwrap();
    assert_eq!(imported.written, 13);
    assert!(imported.cost.round_trips > 1);
    assert_eq!(items(&new).await, items(&old).await);
}

#[tokio::test]
async fn an_import_that_ended_anywhere_is_completed_by_the_same_commits() {
    let every = NonZeroU32::new(50).unwrap();
    let rare = |all: Aggregates<Account>| all.snapshotting(Snapshots::of_state_version(1).every(every));
    let old = bank().await.with(rare).remembering(1);
    old.send_in("1", open_as("savings"), &creating("open")).await.unwrap();
    for n in 2..=250 {
        old.send("1", &n.to_string(), Command::Deposit(n)).await.unwrap();
    }
    let commits = history(&old, "1").await;
    for (pushed, there) in [(1, 0), (101, 100), (201, 200), (250, 200)] {
        let new = bank().await.with(rare);
        // Whoever pushed these is gone before the end.
        push_all(&mut new.accounts.import(stream("1")), &commits[..pushed]).await.unwrap();
        assert_eq!(new.load("1").await.commit, there);
        let imported = import(&new, "1", &commits).await.unwrap();
        assert_eq!((imported.written as u64, imported.present as u64), (250 - there, there));
        assert_eq!(items(&new).await, items(&old).await);
    }
}

#[tokio::test]
async fn a_reply_that_was_lost_is_asked_for_again() {
    let (old, new) = (lived_in().await, bank().await);
    new.faults.lose_reply("TransactWriteItems");
    import(&new, "1", &history(&old, "1").await).await.unwrap();
    assert!(new.faults.all_happened());
    assert_eq!(history(&new, "1").await, history(&old, "1").await);
}

#[tokio::test]
async fn a_transaction_in_the_way_is_waited_for() {
    let (old, new) = (lived_in().await, bank().await);
    new.faults.answer("TransactWriteItems", cancelled(&["None", "TransactionConflict", "None", "None"]));
    new.faults.answer("TransactWriteItems", cancelled(&["None", "None", "ThrottlingError", "None"]));
    import(&new, "1", &history(&old, "1").await).await.unwrap();
    assert!(new.faults.all_happened());
    assert_eq!(history(&new, "1").await, history(&old, "1").await);
}

#[tokio::test]
async fn what_is_there_already_is_left_alone_even_if_it_has_gone_on() {
    let (old, new) = (lived_in().await, bank().await);
    let commits = history(&old, "1").await;
    import(&new, "1", &commits).await.unwrap();
    import(&new, "2", &history(&old, "2").await).await.unwrap();
    new.send("1", "rename again", rename("car")).await.unwrap();
    let before = items(&new).await;
    let again = import(&new, "1", &commits).await.unwrap();
    assert_eq!((again.written, again.present), (0, 2));
    assert_eq!(items(&new).await, before, "the old name is not taken again");
}

#[tokio::test]
async fn another_commit_in_the_way_ends_it() {
    let (old, new) = (lived_in().await, bank().await);
    new.send_in("1", open_as("savings"), &creating("somebody else's")).await.unwrap();
    let before = items(&new).await;
    let error = import(&new, "1", &history(&old, "1").await).await.unwrap_err();
    assert!(matches!(&error, ImportError::Differs { commit: 1, .. }), "{error:?}");
    assert_eq!(error.to_string(), "commit 1 of acme#Account#1 is another one in the table");
    assert_eq!(items(&new).await, before);
}

#[tokio::test]
async fn a_table_with_a_hole_is_not_taken_for_whole() {
    let (old, new) = (lived_in().await, bank().await);
    let commits = history(&old, "2").await;
    import(&new, "2", &commits).await.unwrap();
    new.lose("2", 3).await;
    let error = import(&new, "2", &commits).await.unwrap_err();
    assert!(matches!(error, ImportError::Differs { commit: 3, .. }), "{error:?}");
}

#[tokio::test]
async fn two_streams_that_hold_one_value_are_not_both_imported() {
    let (old, new) = (lived_in().await, bank().await);
    new.send_in("9", open_as("holidays"), &creating("open")).await.unwrap();
    let error = import(&new, "1", &history(&old, "1").await).await.unwrap_err();
    assert!(matches!(error, ImportError::Store(StoreError::ClaimTaken { .. })), "{error:?}");
    assert!(history(&new, "1").await.is_empty());
}

#[tokio::test]
async fn what_the_store_would_not_have_written_is_refused_and_not_written() {
    let (old, new) = (lived_in().await, bank().await);
    let commits = history(&old, "1").await;
    let mut without_events = commits.clone();
    without_events[1].events.clear();
    let mut version = commits.clone();
    version[1].events[0].event_version = "1@2".into();
    let mut unknown = commits.clone();
    unknown[1].events[0].event_version = "7".into();
    let mut no_command = commits.clone();
    no_command[1].command_id = String::new();
    let mut between = commits.clone();
    between[1].at += chrono::TimeDelta::nanoseconds(1);
    let mut sequence = commits.clone();
    sequence[1].first_sequence = 3;
    let mut others = commits.clone();
    others[1].stream = stream("2");
    let mut large = commits.clone();
    large[1].metadata = Metadata { actor: "x".repeat(500_000), ..large[1].metadata.clone() };
    let (twice, gap) = ([commits[0].clone(), commits[0].clone()], [commits[1].clone()]);
    for (commits, said) in [
        (&without_events[..], "commit 2 cannot be: it has no events"),
        (&version, "commit 2 cannot be: an event's version contains '@', which separates type and version"),
        (&unknown, "stream acme#Account#1 is corrupt at commit 2: account.renamed@7 is not an event that"),
        (&no_command, "commit 2 cannot be: it names no command"),
        (&between, "commit 2 cannot be: its time is not in whole milliseconds"),
        (&sequence, "stream acme#Account#1 is corrupt at commit 2: its first event follows event 1"),
        (&others, "it is of another stream, acme#Account#2"),
        (&large, "a commit of "),
        (&twice, "commit 1 does not follow commit 1"),
        (&gap, "commit 2 does not follow commit 0"),
    ] {
        for mut import in [new.accounts.import(stream("1")), new.accounts.rehearse_import(stream("1"))] {
            let error = push_all(&mut import, commits).await.unwrap_err().to_string();
            assert!(error.starts_with(said), "{error}");
        }
    }
    assert!(new.items().await.is_empty());
}

#[tokio::test]
async fn a_rehearsal_asks_for_nothing_and_writes_nothing() {
    let (old, new) = (lived_in().await, bank().await);
    let mut rehearsal = new.accounts.rehearse_import(stream("2"));
    push_all(&mut rehearsal, &history(&old, "2").await).await.unwrap();
    let imported = rehearsal.finish().await.unwrap();
    assert_eq!((imported.written, imported.cost.round_trips), (22, 0));
    assert!(new.items().await.is_empty());
}

#[tokio::test]
async fn a_stream_without_commits_is_nothing() {
    let new = bank().await;
    assert_eq!(import(&new, "1", &[]).await.unwrap(), Imported::default());
    new.send_in("1", open(), &creating("open")).await.unwrap();
}
