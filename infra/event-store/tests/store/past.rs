//! The end of a stream, and what it was before.

use event_store::{Snapshots, StoreError};

use crate::{
    account::{Account, Command, long_note, open},
    bank::{Bank, creating, stream},
};

/// An account of so many commits: opened, and one cent more with each that follows.
async fn saved(commits: u64) -> Bank {
    let bank = Bank::open().await;
    let bank = bank.with(|accounts| accounts.snapshotting(Snapshots::of_state_version(1)));
    let warm = bank.remembering(1);
    warm.send_in("1", open(), &creating("open")).await.unwrap();
    for n in 2..=commits {
        warm.send("1", &format!("deposit {n}"), Command::Deposit(1)).await.unwrap();
    }
    bank
}

async fn newest(bank: &Bank, after: u64, upto: u64, limit: u32) -> Result<Vec<u64>, StoreError> {
    let commits = bank.store.newest_commits(&stream("1"), after, upto, limit).await?;
    Ok(commits.iter().map(|commit| commit.number).collect())
}

#[tokio::test]
async fn the_newest_commits_come_first_within_their_bounds() {
    let bank = saved(7).await;
    for (after, upto, limit, expected) in [
        (0, u64::MAX, 3, &[7, 6, 5][..]),
        (0, 4, 2, &[4, 3]),
        (0, 2, 9, &[2, 1]),
        (5, u64::MAX, 9, &[7, 6]),
        (2, 4, 2, &[4, 3]),
        (7, u64::MAX, 9, &[]),
        (9, u64::MAX, 9, &[]),
        (4, 4, 9, &[]),
        (5, 3, 9, &[]),
        (0, 0, 9, &[]),
        (0, u64::MAX, 0, &[]),
    ] {
        assert_eq!(newest(&bank, after, upto, limit).await.unwrap(), expected, "{after} {upto} {limit}");
    }
    assert!(bank.store.newest_commits(&stream("2"), 0, u64::MAX, 9).await.unwrap().is_empty());
}

#[tokio::test]
async fn commits_of_more_than_one_page_are_read_to_the_limit() {
    let bank = Bank::open().await;
    let warm = bank.remembering(1);
    warm.send("1", "open", open()).await.unwrap();
    for n in 0..6 {
        warm.send("1", &format!("note {n}"), long_note(400_000)).await.unwrap();
    }
    assert_eq!(newest(&bank, 0, u64::MAX, 6).await.unwrap(), [7, 6, 5, 4, 3, 2]);
}

#[tokio::test]
async fn a_hole_among_the_newest_commits_is_corruption() {
    let bank = saved(5).await;
    bank.lose("1", 3).await;
    for (after, limit) in [(0, 9), (0, 3), (2, 9)] {
        let error = newest(&bank, after, u64::MAX, limit).await.unwrap_err();
        assert!(matches!(error, StoreError::Corrupt { commit: 4, .. }), "{error:?}");
    }
    assert_eq!(newest(&bank, 0, u64::MAX, 2).await.unwrap(), [5, 4], "nobody asked for what is missing");
}

#[tokio::test]
async fn an_account_is_what_any_of_its_commits_left() {
    let bank = saved(20).await;
    for commit in 1..=20 {
        let then = bank.accounts.load_as_of("acme", "1", commit).await.unwrap();
        assert_eq!((then.commit, then.sequence, then.state.cents), (commit, commit, commit - 1));
        assert_eq!(then.cost.round_trips, 1, "a snapshot is never further than a page");
    }
    let later = bank.accounts.load_as_of("acme", "1", 99).await.unwrap();
    assert_eq!((later.commit, later.state.cents), (20, 19));
    for (id, commit) in [("1", 0), ("2", 1)] {
        let nothing = bank.accounts.load_as_of("acme", id, commit).await.unwrap();
        assert_eq!((nothing.commit, nothing.state), (0, Account::default()), "{id}");
    }
}

#[tokio::test]
async fn a_look_back_leaves_nothing_behind_that_a_command_would_stand_on() {
    let bank = saved(3).await.remembering(1);
    bank.accounts.load_as_of("acme", "1", 1).await.unwrap();
    let deposited = bank.send("1", "deposit", Command::Deposit(1)).await.unwrap();
    assert_eq!((deposited.receipt.commit, deposited.state.cents), (4, 3));
}
