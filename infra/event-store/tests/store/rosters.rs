use std::collections::BTreeSet;

use event_store::{Claim, ClaimKey, Commit, Cost, StoreError};

use crate::{
    account::{Account, Command, notes, open, open_as, rename},
    bank::{Answer, Bank, SECRET, context, creating, store_error},
};

/// A bank that knows its named and its payable accounts.
async fn bank() -> Bank {
    Bank::open().await.enrolling()
}

/// A bank with these named accounts.
async fn bank_with(ids: &[&str]) -> Bank {
    let bank = bank().await;
    for id in ids {
        open_named(&bank, id).await;
    }
    bank
}

async fn open_named(bank: &Bank, id: &str) {
    bank.send(id, "open", open_as(&format!("savings {id}"))).await.unwrap();
}

async fn close(bank: &Bank, id: &str) -> Answer {
    bank.send(id, "close", Command::Close).await
}

async fn named(bank: &Bank) -> Vec<String> {
    bank.store.roster("acme", "named").await.unwrap().into_iter().collect()
}

async fn payable(bank: &Bank) -> Vec<String> {
    bank.store.roster("acme", "payable").await.unwrap().into_iter().collect()
}

#[track_caller]
fn refused_to_leave(answer: Answer, from: &str) {
    let error = store_error(answer);
    assert!(matches!(&error, StoreError::LastMember { roster } if roster == from), "{error:?}");
    assert!(!error.is_retryable());
}

#[tokio::test]
async fn a_roster_that_never_had_a_member_is_empty() {
    let bank = bank().await;
    bank.send("1", "open", open()).await.unwrap();
    assert_eq!(bank.store.roster("acme", "named").await.unwrap(), BTreeSet::new());
}

#[tokio::test]
async fn the_first_member_joins_with_its_commit() {
    let bank = bank_with(&["1"]).await;
    assert_eq!((named(&bank).await, payable(&bank).await), (vec!["1".to_owned()], vec![]));
    bank.send("2", "open", open()).await.unwrap();
    bank.send("2", "rename", rename("holidays")).await.unwrap();
    assert_eq!(named(&bank).await, ["1", "2"]);
}

#[tokio::test]
async fn the_last_member_cannot_leave_and_nothing_is_written() {
    let bank = bank_with(&["1"]).await;
    refused_to_leave(close(&bank, "1").await, "named");
    assert_eq!((bank.load("1").await.commit, named(&bank).await), (1, vec!["1".to_owned()]));
    // The claim was to be released in the same transaction.
    assert_eq!(bank.owners().await, ["acme#Account#1"]);
}

#[tokio::test]
async fn a_member_leaves_as_long_as_another_one_stays() {
    let bank = bank_with(&["1", "2"]).await;
    close(&bank, "1").await.unwrap();
    assert_eq!(named(&bank).await, ["2"]);
    refused_to_leave(close(&bank, "2").await, "named");
}

#[tokio::test]
async fn of_two_members_that_leave_at_one_instant_the_slower_one_is_the_last() {
    for (slower, faster) in [("1", "2"), ("2", "1")] {
        let bank = bank_with(&["1", "2"]).await;
        let rival = bank.clone();
        // The slower one has read everything it reads, and decided.
        bank.faults.before("TransactWriteItems", async move { drop(close(&rival, faster).await.unwrap()) });
        refused_to_leave(close(&bank, slower).await, "named");
        assert!(bank.faults.all_happened());
        assert_eq!(named(&bank).await, [slower]);
        assert_eq!((bank.load(slower).await.commit, bank.load(faster).await.commit), (1, 2));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_members_that_leave_side_by_side_exactly_one_does() {
    for round in 0..25 {
        let bank = bank_with(&["1", "2"]).await;
        let leave = |id: &'static str| {
            let bank = bank.clone();
            tokio::spawn(async move { close(&bank, id).await })
        };
        let (one, two) = tokio::join!(leave("1"), leave("2"));
        let (loser, left) = match (one.unwrap(), two.unwrap()) {
            (Ok(_), loser) => (loser, "2"),
            (loser, Ok(_)) => (loser, "1"),
            both => panic!("nobody left in round {round}: {both:?}"),
        };
        refused_to_leave(loser, "named");
        assert_eq!(named(&bank).await, [left]);
    }
}

#[tokio::test]
async fn who_left_can_join_again_and_then_the_other_one_can_leave() {
    let bank = bank_with(&["1", "2"]).await;
    close(&bank, "1").await.unwrap();
    bank.send("1", "open again", open_as("holidays")).await.unwrap();
    assert_eq!(named(&bank).await, ["1", "2"]);
    close(&bank, "2").await.unwrap();
    assert_eq!(named(&bank).await, ["1"]);
}

#[tokio::test]
async fn members_of_another_tenant_do_not_count() {
    let bank = bank_with(&["1"]).await;
    let mut elsewhere = context("open");
    elsewhere.tenant = "other".into();
    bank.send_in("2", open_as("savings"), &elsewhere).await.unwrap();
    refused_to_leave(close(&bank, "1").await, "named");
    assert_eq!(named(&bank).await, ["1"]);
}

#[tokio::test]
async fn of_several_rosters_none_is_left_when_one_would_be_empty() {
    let bank = bank_with(&["1"]).await;
    let both = Command::Open { iban: Some("DE2".into()), nickname: Some("holidays".into()) };
    bank.send("2", "open", both.clone()).await.unwrap();
    refused_to_leave(close(&bank, "2").await, "payable");
    assert_eq!((named(&bank).await, payable(&bank).await), (vec!["1".into(), "2".into()], vec!["2".into()]));

    let other = Command::Open { iban: Some("DE3".into()), nickname: None };
    bank.send("3", "open", other).await.unwrap();
    close(&bank, "2").await.unwrap();
    assert_eq!((named(&bank).await, payable(&bank).await), (vec!["1".to_owned()], vec!["3".to_owned()]));
}

#[tokio::test]
async fn a_stream_from_before_the_roster_has_nothing_to_leave() {
    let bank = bank().await;
    let before = bank.with(|_| bank.store.aggregates());
    open_named(&before, "1").await;
    // There is no such roster.
    close(&bank, "1").await.unwrap();
    assert_eq!(named(&bank).await, [""; 0]);

    open_named(&before, "2").await;
    open_named(&bank, "3").await;
    // There is one without it.
    let closed = close(&bank, "2").await.unwrap();
    assert_eq!((closed.receipt.commit, named(&bank).await), (2, vec!["3".to_owned()]));
    // And one where it is not the only other member.
    open_named(&before, "4").await;
    open_named(&bank, "5").await;
    close(&bank, "4").await.unwrap();
    assert_eq!(named(&bank).await, ["3", "5"]);
    close(&bank, "3").await.unwrap();
    refused_to_leave(close(&bank, "5").await, "named");
}

#[tokio::test]
async fn who_has_nothing_to_leave_releases_its_claim_all_the_same() {
    let bank = bank_with(&["1"]).await;
    let before = bank.with(|_| bank.store.aggregates().claiming(ClaimKey::new(SECRET), Account::claims));
    open_named(&before, "2").await;
    close(&bank, "2").await.unwrap();
    assert_eq!((bank.owners().await, named(&bank).await), (vec!["acme#Account#1".into()], vec!["1".into()]));
}

#[tokio::test]
async fn a_reply_lost_after_the_member_left_is_a_success() {
    let bank = bank_with(&["1", "2"]).await;
    bank.faults.lose_reply("TransactWriteItems");
    let closed = close(&bank, "1").await.unwrap();
    assert!(bank.faults.all_happened());
    assert_eq!((closed.receipt.commit, closed.receipt.duplicate), (2, false));
    assert_eq!(named(&bank).await, ["2"]);
}

#[tokio::test]
async fn a_member_that_left_without_a_reply_is_told_so_when_it_asks_again() {
    let bank = bank_with(&["1", "2"]).await;
    for _ in 0..3 {
        bank.faults.lose_reply("TransactWriteItems");
    }
    assert!(store_error(close(&bank, "1").await).is_retryable());
    assert!(bank.faults.all_happened());
    let again = close(&bank, "1").await.unwrap();
    assert_eq!((again.receipt.commit, again.receipt.duplicate), (2, true));
}

#[tokio::test]
async fn a_member_leaves_what_it_is_in_and_not_what_is_remembered() {
    let bank = bank_with(&["2"]).await;
    let (here, there) = (bank.remembering(10), bank.remembering(10));
    open_named(&here, "1").await;
    close(&there, "1").await.unwrap();
    there.send("1", "open again", open()).await.unwrap();
    // What is remembered here is named still.
    let closed = here.send("1", "close again", Command::Close).await.unwrap();
    assert_eq!((closed.receipt.commit, named(&bank).await), (4, vec!["2".to_owned()]));
}

#[tokio::test]
async fn who_cannot_take_a_claim_does_not_join() {
    let bank = bank_with(&["1"]).await;
    let error = store_error(bank.send_in("2", open_as("savings 1"), &creating("open")).await);
    assert!(matches!(error, StoreError::ClaimTaken { .. }), "{error:?}");
    assert_eq!(named(&bank).await, ["1"]);
}

#[tokio::test]
async fn the_item_of_a_roster_is_no_commit() {
    let bank = bank_with(&["1"]).await;
    let items = bank.items().await;
    let kinds: BTreeSet<_> =
        items.iter().map(|item| (item["k"].as_s().unwrap().as_str(), Commit::is_commit(item))).collect();
    assert_eq!(kinds, [("c", true), ("q", false), ("r", false)].into());
}

#[tokio::test]
async fn rosters_count_against_what_a_transaction_takes() {
    fn claims(account: &Account) -> Vec<Claim> {
        let number = |n: usize| Claim { kind: "nickname", value: format!("{n}") };
        (0..if account.open { 98 } else { 0 }).map(number).collect()
    }
    let bank = bank().await.with(|accounts| accounts.claiming(ClaimKey::new(SECRET), claims));
    let both = Command::Open { iban: Some("DE1".into()), nickname: Some("savings".into()) };
    let error = store_error(bank.send_in("1", both, &creating("open")).await);
    assert!(matches!(error, StoreError::TooManyClaims { claims: 100, limit: 99 }), "{error:?}");
    assert!(bank.items().await.is_empty());
    open_named(&bank, "1").await;
}

#[tokio::test]
async fn a_roster_whose_name_could_make_another_key_is_refused_before_writing() {
    let bank = Bank::open().await.with(|accounts| {
        accounts.enrolling(|account| account.open.then_some("na!med").into_iter().collect())
    });
    let error = store_error(bank.send_in("1", open(), &creating("open")).await);
    assert!(matches!(&error, StoreError::InvalidRoster { roster } if roster == "na!med"), "{error:?}");
    assert!(bank.items().await.is_empty());
    let error = bank.store.roster("acme", "na#med").await.unwrap_err();
    assert!(matches!(error, StoreError::InvalidRoster { .. }), "{error:?}");
    let error = bank.store.roster("ac!me", "named").await.unwrap_err();
    assert!(matches!(error, StoreError::InvalidStreamId(_)), "{error:?}");
}

#[tokio::test]
async fn joining_and_leaving_are_transactions_of_two_items_and_staying_is_one_plain_write() {
    const fn cost(round_trips: u32, write_units: f64, read_units: f64) -> Cost {
        Cost { round_trips, read_units, write_units }
    }
    let bank = bank().await;
    let bank = bank.with(|_| bank.store.aggregates().enrolling(Account::rosters));
    open_named(&bank, "1").await;
    let joined = bank.send_in("2", open_as("savings"), &creating("open")).await.unwrap();
    assert_eq!(joined.cost, cost(1, 4.0, 0.0));
    for (command_id, command) in [("rename", rename("holidays")), ("note", notes(2))] {
        let stayed = bank.send("2", command_id, command).await.unwrap();
        assert_eq!(stayed.cost, cost(2, 1.0, 1.0));
    }
    let left = close(&bank, "2").await.unwrap();
    assert_eq!(left.cost, cost(2, 4.0, 1.0));
}
