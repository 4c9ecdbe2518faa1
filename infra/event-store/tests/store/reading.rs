use event_store::StoreError;
use futures_util::{StreamExt as _, TryStreamExt as _};

use crate::{
    account::{Account, Command, long_note, open},
    bank::{Bank, store_error, stream},
};

#[tokio::test]
async fn a_stream_that_does_not_exist_is_empty() {
    let bank = Bank::open().await;
    let loaded = bank.load("1").await;
    assert_eq!((loaded.state, loaded.commit, loaded.sequence), (Account::default(), 0, 0));
    assert!(bank.store.commits_after(&stream("1"), 0).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_stream_over_one_megabyte_is_read_to_its_end() {
    let bank = Bank::open().await;
    let warm = bank.remembering(1);
    warm.send("1", "open", open()).await.unwrap();
    for n in 0..45 {
        warm.send("1", &format!("note {n}"), long_note(40_000)).await.unwrap();
    }
    let loaded = bank.load("1").await;
    assert_eq!((loaded.state.notes, loaded.commit, loaded.sequence), (45, 46, 46));
    assert_eq!(loaded.cost.round_trips, 2);
    let commits = bank.store.commits_after(&stream("1"), 1).await.unwrap();
    assert!(commits.iter().map(|commit| commit.number).eq(2..=46));
}

#[tokio::test]
async fn commits_after_one_are_those_that_follow_it() {
    let bank = Bank::open().await;
    bank.send("1", "open", open()).await.unwrap();
    bank.send("1", "one", Command::Deposit(1)).await.unwrap();
    bank.send("1", "two", Command::Deposit(2)).await.unwrap();
    let numbers = async |after| {
        let commits = bank.store.commits_after(&stream("1"), after).await.unwrap();
        commits.iter().map(|commit| commit.number).collect::<Vec<_>>()
    };
    assert_eq!(numbers(0).await, [1, 2, 3]);
    assert_eq!(numbers(2).await, [3]);
    assert_eq!(numbers(3).await, [0; 0]);
    assert_eq!(numbers(u64::MAX).await, [0; 0]);
}

#[tokio::test]
async fn a_stream_with_a_hole_is_corrupt_and_takes_no_command() {
    let bank = Bank::open().await;
    bank.send("1", "open", open()).await.unwrap();
    bank.send("1", "one", Command::Deposit(1)).await.unwrap();
    bank.send("1", "two", Command::Deposit(2)).await.unwrap();
    bank.lose("1", 2).await;
    for error in [
        bank.accounts.load("acme", "1").await.unwrap_err(),
        bank.store.commits_after(&stream("1"), 0).await.unwrap_err(),
        bank.store.commits_after(&stream("1"), 1).await.unwrap_err(),
        store_error(bank.send("1", "three", Command::Deposit(3)).await),
    ] {
        assert!(matches!(error, StoreError::Corrupt { commit: 3, .. }), "{error:?}");
    }
}

#[tokio::test]
async fn streams_do_not_see_each_other() {
    let bank = Bank::open().await;
    bank.send("1", "open", open()).await.unwrap();
    bank.send("12", "open", open()).await.unwrap();
    bank.send("12", "deposit", Command::Deposit(5)).await.unwrap();
    assert_eq!((bank.load("1").await.commit, bank.load("12").await.commit), (1, 2));
}

#[tokio::test]
async fn a_stream_is_read_page_by_page_as_it_is_asked_for() {
    let bank = Bank::open().await;
    let warm = bank.remembering(1);
    warm.send("1", "open", open()).await.unwrap();
    for n in 0..8 {
        warm.send("1", &format!("note {n}"), long_note(400_000)).await.unwrap();
    }
    let mut commits = std::pin::pin!(bank.store.commits(&stream("1"), 0));
    assert_eq!(commits.try_next().await.unwrap().unwrap().number, 1);
    // The first page has been read. The next one is asked for only when that one is used up.
    bank.lose("1", 7).await;
    let rest: Vec<_> = commits.by_ref().map(|commit| commit.map(|commit| commit.number)).collect().await;
    assert_eq!(
        rest.iter().filter_map(|commit| commit.as_ref().ok()).collect::<Vec<_>>(),
        [&2, &3, &4, &5, &6]
    );
    assert!(matches!(rest.last(), Some(Err(StoreError::Corrupt { commit: 8, .. }))), "{rest:?}");
    assert_eq!(rest.len(), 6, "after an error there is nothing more");
}
