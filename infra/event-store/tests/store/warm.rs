//! Warm instances: what is remembered, and how far it is trusted.

use std::num::NonZeroU32;

use event_store::{Claim, ClaimKey, Cost, ExecuteError, Snapshots, StoreError, Upcasters};

use crate::{
    account::{Account, Command, Refusal, open, open_as, rename},
    bank::{Bank, SECRET, creating, expecting, store_error},
};

const fn cost(round_trips: u32, write_units: f64, read_units: f64) -> Cost {
    Cost { round_trips, read_units, write_units }
}

/// Account 1 with a deposit of 1 cent, in a process that remembers it; and another process.
async fn warm() -> (Bank, Bank) {
    let bank = Bank::open().await;
    let (here, there) = (bank.remembering(10), bank.remembering(10));
    here.send_in("1", open(), &creating("open")).await.unwrap();
    here.send("1", "first", Command::Deposit(1)).await.unwrap();
    (here, there)
}

#[tokio::test]
async fn an_update_of_a_remembered_aggregate_reads_nothing() {
    let (here, _) = warm().await;
    let deposited = here.send("1", "deposit", Command::Deposit(5)).await.unwrap();
    assert_eq!((deposited.cost, deposited.state.cents), (cost(1, 1.0, 0.0), 6));
}

#[tokio::test]
async fn a_process_that_is_one_commit_behind_is_told_by_the_refusal_and_reads_nothing() {
    let (here, there) = warm().await;
    there.send("1", "elsewhere", Command::Deposit(2)).await.unwrap();
    let deposited = here.send("1", "deposit", Command::Deposit(5)).await.unwrap();
    assert_eq!((deposited.receipt.commit, deposited.state.cents), (4, 8));
    assert_eq!(deposited.cost, cost(2, 1.0, 0.0));
}

#[tokio::test]
async fn a_process_that_is_far_behind_reads_once() {
    let (here, there) = warm().await;
    for n in 0..9 {
        there.send("1", &format!("elsewhere {n}"), Command::Deposit(2)).await.unwrap();
    }
    let deposited = here.send("1", "deposit", Command::Deposit(5)).await.unwrap();
    assert_eq!((deposited.receipt.commit, deposited.state.cents), (12, 24));
    assert_eq!((deposited.cost.round_trips, deposited.cost.write_units), (4, 1.0));
}

#[tokio::test]
async fn nothing_is_rejected_on_what_is_remembered_alone() {
    let (here, there) = warm().await;
    here.send("1", "close", Command::Close).await.unwrap();
    there.send("1", "open again", open()).await.unwrap();
    // Here the account is closed still.
    let deposited = here.send("1", "deposit", Command::Deposit(5)).await.unwrap();
    assert_eq!((deposited.receipt.commit, deposited.state.cents), (5, 5));
}

#[tokio::test]
async fn a_rejection_is_the_stream_s_own_and_costs_one_read_of_what_is_new() {
    let (here, _) = warm().await;
    let refused = here.send("1", "open again", open()).await;
    assert!(matches!(refused, Err(ExecuteError::Rejected(Refusal::AlreadyOpen))));
    // What was read is remembered, and the refused command has left no trace in it.
    let deposited = here.send("1", "deposit", Command::Deposit(5)).await.unwrap();
    assert_eq!((deposited.cost, deposited.state.cents), (cost(1, 1.0, 0.0), 6));
}

#[tokio::test]
async fn nothing_is_recorded_only_after_a_look() {
    let (here, there) = warm().await;
    here.send("1", "close", Command::Close).await.unwrap();
    there.send("1", "open again", open()).await.unwrap();
    let closed = here.send("1", "close again", Command::Close).await.unwrap();
    assert_eq!((closed.receipt.commit, closed.receipt.events), (5, 1));
    let nothing = here.send("1", "and again", Command::Close).await.unwrap();
    assert_eq!((nothing.receipt.commit, nothing.receipt.events, nothing.cost.round_trips), (5, 0, 1));
}

#[tokio::test]
async fn an_expected_commit_is_compared_with_what_is_there_and_not_with_what_is_remembered() {
    let (here, there) = warm().await;
    there.send("1", "elsewhere", Command::Deposit(2)).await.unwrap();
    let deposited = here.send_in("1", Command::Deposit(5), &expecting(3, "deposit")).await.unwrap();
    assert_eq!((deposited.receipt.commit, deposited.state.cents), (4, 8));
    there.send("1", "elsewhere again", Command::Deposit(2)).await.unwrap();
    let error = store_error(here.send_in("1", Command::Deposit(5), &expecting(4, "late")).await);
    assert!(matches!(error, StoreError::VersionMismatch { expected: 4, actual: 5 }), "{error:?}");
}

#[tokio::test]
async fn a_command_that_was_carried_out_elsewhere_is_recognised() {
    let (here, there) = warm().await;
    let first = there.send("1", "deposit", Command::Deposit(2)).await.unwrap();
    there.send("1", "another", Command::Deposit(3)).await.unwrap();
    let again = here.send("1", "deposit", Command::Deposit(2)).await.unwrap();
    assert!(again.receipt.duplicate);
    assert_eq!((again.receipt.commit, again.state), (first.receipt.commit, first.state));
}

#[tokio::test]
async fn a_remembered_command_gets_its_first_receipt() {
    let (here, _) = warm().await;
    here.send("1", "second", Command::Deposit(2)).await.unwrap();
    for (command_id, commit, cents) in [("first", 2, 1), ("second", 3, 3)] {
        let again = here.send("1", command_id, Command::Deposit(1)).await.unwrap();
        assert!(again.receipt.duplicate);
        assert_eq!((again.receipt.commit, again.state.cents), (commit, cents));
    }
}

#[tokio::test]
async fn a_lost_reply_leaves_what_is_remembered_as_good_as_it_was() {
    let (here, _) = warm().await;
    for _ in 0..3 {
        here.faults.lose_reply("PutItem");
    }
    let error = store_error(here.send("1", "deposit", Command::Deposit(5)).await);
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error:?}");
    let next = here.send("1", "next", Command::Deposit(1)).await.unwrap();
    assert_eq!((next.receipt.commit, next.state.cents), (4, 7));
    let again = here.send("1", "deposit", Command::Deposit(5)).await.unwrap();
    assert_eq!((again.receipt.commit, again.receipt.duplicate), (3, true));
}

#[tokio::test]
async fn a_claim_is_taken_back_from_what_it_is_and_not_from_what_is_remembered() {
    let bank = Bank::open().await;
    let (here, there) = (bank.remembering(10), bank.remembering(10));
    here.send_in("1", open_as("savings"), &creating("open")).await.unwrap();
    there.send("1", "rename", rename("holidays")).await.unwrap();
    here.send("1", "rename again", rename("rainy days")).await.unwrap();
    assert_eq!(bank.owners().await, ["acme#Account#1"]);
    bank.send("2", "open", open_as("holidays")).await.unwrap();
}

#[tokio::test]
async fn no_more_is_remembered_than_there_is_room_for() {
    let bank = Bank::open().await;
    let here = bank.remembering(2);
    for id in ["1", "2", "3"] {
        here.send_in(id, open(), &creating("open")).await.unwrap();
    }
    let trips = async |id| {
        here.send(id, &format!("deposit on {id}"), Command::Deposit(1)).await.unwrap().cost.round_trips
    };
    assert_eq!([trips("3").await, trips("2").await, trips("1").await], [1, 1, 2]);
}

#[tokio::test]
async fn a_load_reads_what_is_new_and_nothing_else() {
    let (here, there) = warm().await;
    for n in 0..40 {
        there.send("1", &format!("elsewhere {n}"), Command::Deposit(1)).await.unwrap();
    }
    assert_eq!(here.load("1").await.state.cents, 41);
    let again = here.load("1").await;
    assert_eq!((again.state.cents, again.commit, again.cost.round_trips), (41, 42, 1));
    assert!(again.cost.read_units <= 1.0, "{:?}", again.cost);
}

#[tokio::test]
async fn a_warm_process_takes_snapshots_too() {
    let bank = Bank::open().await;
    let four = NonZeroU32::new(4).unwrap();
    let bank = bank.with(|accounts| accounts.snapshotting(Snapshots::of_state_version(1).every(four)));
    let here = bank.remembering(10);
    here.send_in("1", open(), &creating("open")).await.unwrap();
    for n in 2..=30 {
        let sent = here.send("1", &format!("deposit {n}"), Command::Deposit(1)).await.unwrap();
        assert_eq!((sent.cost.round_trips, sent.cost.read_units), (1, 0.0));
    }
    let cold = bank.load("1").await;
    assert_eq!((cold.state.cents, cold.commit, cold.cost.round_trips), (29, 30, 1));
}

#[tokio::test]
async fn a_create_is_recognised_by_a_process_that_remembers_what_came_long_after_it() {
    let (here, _) = warm().await;
    let four = NonZeroU32::new(4).unwrap();
    let here = here.with(|accounts| accounts.snapshotting(Snapshots::of_state_version(1).every(four)));
    for n in 0..80 {
        here.send("1", &format!("deposit {n}"), Command::Deposit(1)).await.unwrap();
    }
    here.send("1", "close", Command::Close).await.unwrap();
    let again = here.send_in("1", open(), &creating("open")).await.unwrap();
    assert_eq!((again.receipt.commit, again.receipt.duplicate), (1, true));
    assert_eq!((again.cost.round_trips, again.cost.read_units), (1, 0.0));
}

#[tokio::test]
async fn a_command_is_not_too_large_for_what_is_remembered_alone() {
    fn sixty(account: &Account) -> Vec<Claim> {
        let claim = |name: &String, n: usize| Claim { kind: "nickname", value: format!("{name} {n}") };
        account.nickname.iter().flat_map(|name| (0..60).map(move |n| claim(name, n))).collect()
    }
    let bank = Bank::open().await;
    let bank = bank.with(|accounts| accounts.claiming(ClaimKey::new(SECRET), sixty));
    let (here, there) = (bank.remembering(1), bank.remembering(1));
    here.send_in("1", open_as("savings"), &creating("open")).await.unwrap();
    there.send("1", "close", Command::Close).await.unwrap();
    there.send("1", "open again", open()).await.unwrap();
    // What is remembered here has sixty claims to release; the account has none any more.
    let renamed = here.send("1", "rename", rename("holidays")).await.unwrap();
    assert_eq!(renamed.receipt.commit, 4);
    let error = store_error(here.send("1", "rename again", rename("rainy days")).await);
    assert!(matches!(error, StoreError::TooManyClaims { claims: 120, limit: 99 }), "{error:?}");
}

#[tokio::test]
async fn what_came_back_instead_of_a_reply_is_remembered() {
    let (here, _) = warm().await;
    here.faults.lose_reply("PutItem");
    here.send("1", "deposit", Command::Deposit(5)).await.unwrap();
    let next = here.send("1", "next", Command::Deposit(1)).await.unwrap();
    assert_eq!((next.cost.round_trips, next.state.cents), (1, 7));
}

#[tokio::test]
async fn who_folds_in_another_way_does_not_share_what_is_remembered() {
    let (here, _) = warm().await;
    let without_deposits = Upcasters::default().dropping("account.deposited", "1");
    let other = here.with(|accounts| accounts.upcasting(without_deposits));
    assert_eq!((other.load("1").await.state.cents, here.load("1").await.state.cents), (0, 1));
}
