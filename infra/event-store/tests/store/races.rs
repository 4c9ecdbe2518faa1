use std::time::Duration;

use event_store::{ExecuteError, StoreError};
use futures_util::future::join_all;

use crate::{
    account::{Command, Refusal, open, open_as, rename},
    bank::{Answer, Bank, creating, expecting, store_error, stream},
    faults::cancelled,
};

/// As a caller does whose error says that it may.
async fn persist(bank: &Bank, command_id: &str, command: Command) -> u64 {
    loop {
        match bank.send("1", command_id, command.clone()).await {
            Ok(executed) => return executed.receipt.commit,
            Err(ExecuteError::Store(error)) if error.is_retryable() => {}
            Err(error) => panic!("{error:?}"),
        }
    }
}

/// Lets `command` be carried out on account 1 just before the next write of the store arrives.
fn overtake(bank: &Bank, write: &'static str, command_id: &'static str, command: Command) {
    let rival = bank.clone();
    bank.faults.before(write, async move {
        rival.send("1", command_id, command).await.unwrap();
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn sixteen_writers_leave_no_hole_and_lose_nothing() {
    let bank = Bank::open().await;
    bank.send("1", "open", open()).await.unwrap();
    let writers = (0..16).map(|writer| {
        let bank = bank.clone();
        tokio::spawn(async move {
            for n in 0..4 {
                persist(&bank, &format!("deposit {writer}/{n}"), Command::Deposit(1)).await;
            }
        })
    });
    for writer in join_all(writers).await {
        writer.unwrap();
    }
    let loaded = bank.load("1").await;
    assert_eq!((loaded.commit, loaded.sequence, loaded.state.cents), (65, 65, 64));
    let commits = bank.store.commits_after(&stream("1"), 0).await.unwrap();
    assert!(commits.iter().map(|commit| commit.number).eq(1..=65));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_creates_at_one_instant_for_one_value_exactly_one_wins() {
    let bank = Bank::open().await;
    for round in 0..50 {
        let nickname = format!("savings {round}");
        let create = |side: &'static str| {
            let (bank, command) = (bank.clone(), open_as(&nickname));
            tokio::spawn(
                async move { bank.send_in(&format!("{side}{round}"), command, &creating("open")).await },
            )
        };
        let (left, right) = tokio::join!(create("left"), create("right"));
        let loser = match (left.unwrap(), right.unwrap()) {
            (Ok(_), loser) | (loser, Ok(_)) => store_error(loser),
            both => panic!("nobody won: {both:?}"),
        };
        assert!(matches!(loser, StoreError::ClaimTaken { .. }), "{loser:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_sent_by_many_at_one_instant_counts_once() {
    let bank = Bank::open().await;
    bank.send("1", "open", open()).await.unwrap();
    let senders = (0..8).map(|_| {
        let bank = bank.clone();
        tokio::spawn(async move { persist(&bank, "deposit", Command::Deposit(5)).await })
    });
    for commit in join_all(senders).await {
        assert_eq!(commit.unwrap(), 2);
    }
    assert_eq!(bank.load("1").await.state.cents, 5);
}

#[tokio::test]
async fn a_command_that_was_overtaken_is_decided_again_on_what_is_there_now() {
    let bank = Bank::open().await;
    bank.send("1", "open", open()).await.unwrap();
    overtake(&bank, "PutItem", "rival", Command::Deposit(1));
    let deposited = bank.send("1", "deposit", Command::Deposit(5)).await.unwrap();
    assert_eq!((deposited.receipt.commit, deposited.state.cents), (3, 6));

    overtake(&bank, "PutItem", "close", Command::Close);
    let refused = bank.send("1", "too late", Command::Deposit(5)).await;
    assert!(matches!(refused, Err(ExecuteError::Rejected(Refusal::NotOpen))));
    assert!(bank.faults.all_happened());
}

#[tokio::test]
async fn a_command_with_an_expected_commit_that_was_overtaken_is_a_mismatch() {
    let bank = Bank::open().await;
    bank.send("1", "open", open()).await.unwrap();
    overtake(&bank, "PutItem", "rival", Command::Deposit(1));
    let error = store_error(bank.send_in("1", Command::Deposit(5), &expecting(1, "deposit")).await);
    assert!(matches!(error, StoreError::VersionMismatch { expected: 1, actual: 2 }), "{error:?}");
}

#[tokio::test]
async fn a_command_overtaken_by_itself_is_a_duplicate() {
    let bank = Bank::open().await;
    bank.send("1", "open", open()).await.unwrap();
    overtake(&bank, "PutItem", "deposit", Command::Deposit(5));
    let deposited = bank.send("1", "deposit", Command::Deposit(5)).await.unwrap();
    assert!(deposited.receipt.duplicate);
    assert_eq!((deposited.receipt.commit, deposited.state.cents), (2, 5));
}

#[tokio::test]
async fn of_two_changes_of_one_claim_both_count_in_their_order() {
    let bank = Bank::open().await;
    bank.send("1", "open", open_as("savings")).await.unwrap();
    overtake(&bank, "TransactWriteItems", "rival", rename("rival"));
    let renamed = bank.send("1", "rename", rename("holidays")).await.unwrap();
    assert_eq!(renamed.receipt.commit, 3);
    // The rival's claim was released again, although it was not there when the command came.
    assert_eq!(bank.owners().await, ["acme#Account#1"]);
}

async fn create_after(bank: &Bank, answers: &[&str]) -> Answer {
    for reason in answers {
        bank.faults.answer("TransactWriteItems", cancelled(&["None", reason]));
    }
    let answer = bank.send_in("1", open_as("savings"), &creating("open")).await;
    assert!(bank.faults.all_happened());
    answer
}

#[tokio::test]
async fn a_transaction_in_the_way_is_waited_for_without_a_read() {
    let bank = Bank::open().await;
    let opened = create_after(&bank, &["TransactionConflict"; 3]).await.unwrap();
    assert_eq!((opened.cost.round_trips, opened.cost.read_units), (4, 0.0));
}

#[tokio::test]
async fn too_many_transactions_in_the_way_are_a_conflict() {
    let bank = Bank::open().await;
    let error = store_error(create_after(&bank, &["TransactionConflict"; 20]).await);
    assert!(matches!(error, StoreError::TransactionConflict { attempts: 20 }), "{error:?}");
}

#[tokio::test]
async fn a_throttled_transaction_is_tried_again_and_then_reported() {
    let bank = Bank::open().await;
    create_after(&bank, &["ThrottlingError"]).await.unwrap();
    let bank = Bank::open().await;
    let error = store_error(create_after(&bank, &["ThrottlingError"; 20]).await);
    assert!(matches!(error, StoreError::Throttled { .. }), "{error:?}");
}

#[tokio::test]
async fn a_reply_lost_after_the_write_landed_is_a_success() {
    let bank = Bank::open().await;
    bank.faults.lose_reply("PutItem");
    let opened = bank.send_in("1", open(), &creating("open")).await.unwrap();
    bank.faults.lose_reply("PutItem");
    let deposited = bank.send("1", "deposit", Command::Deposit(5)).await.unwrap();
    assert!(bank.faults.all_happened());
    assert!(!opened.receipt.duplicate && !deposited.receipt.duplicate);
    assert_eq!((deposited.receipt.commit, deposited.state.cents), (2, 5));
    assert_eq!(bank.load("1").await.state, deposited.state);
}

#[tokio::test]
async fn a_reply_lost_after_the_transaction_landed_is_a_success() {
    let bank = Bank::open().await;
    bank.faults.lose_reply("TransactWriteItems");
    let opened = bank.send_in("1", open_as("savings"), &creating("open")).await.unwrap();
    assert!(bank.faults.all_happened());
    assert!(!opened.receipt.duplicate);
    assert_eq!(bank.load("1").await.commit, 1);
}

#[tokio::test]
async fn a_command_that_never_got_a_reply_can_be_sent_again() {
    let bank = Bank::open().await;
    for _ in 0..3 {
        bank.faults.lose_reply("PutItem");
    }
    let error = store_error(bank.send_in("1", open(), &creating("open")).await);
    assert!(matches!(error, StoreError::Unavailable { .. }) && error.is_retryable(), "{error:?}");
    assert!(bank.faults.all_happened());

    let opened = bank.send_in("1", open(), &creating("open")).await.unwrap();
    assert!(opened.receipt.duplicate);
    assert_eq!((opened.receipt.commit, bank.items().await.len()), (1, 1));
}

#[tokio::test]
async fn a_command_far_behind_a_crowd_reads_once_and_catches_up() {
    let bank = Bank::open().await;
    bank.send("1", "open", open()).await.unwrap();
    let rival = bank.clone();
    bank.faults.before("PutItem", async move {
        for n in 0..25 {
            rival.send("1", &format!("rival {n}"), Command::Deposit(1)).await.unwrap();
        }
    });
    let deposited = bank.send("1", "deposit", Command::Deposit(5)).await.unwrap();
    assert_eq!((deposited.receipt.commit, deposited.state.cents), (27, 30));
    // A read, two refused writes, another read, and the write.
    assert_eq!(deposited.cost.round_trips, 5);
}

#[tokio::test]
async fn a_write_that_landed_and_was_repeated_with_credentials_out_of_date_may_be_sent_again() {
    let bank = Bank::open().await;
    bank.send("1", "open", open()).await.unwrap();
    bank.faults.lose_reply("PutItem");
    bank.faults.answer("PutItem", r#"{"__type":"com.amazon.coral.service#ExpiredTokenException"}"#);
    let error = store_error(bank.send("1", "deposit", Command::Deposit(5)).await);
    assert!(bank.faults.all_happened() && error.is_retryable(), "{error:?}");
    let again = bank.send("1", "deposit", Command::Deposit(5)).await.unwrap();
    assert_eq!((again.receipt.commit, again.receipt.duplicate), (2, true));
}

#[tokio::test]
async fn an_earlier_try_that_is_under_way_is_waited_for() {
    let bank = Bank::open().await;
    let in_progress = r#"{"__type":"com.amazonaws.dynamodb.v20120810#TransactionInProgressException"}"#;
    // As often as the SDK asks by itself.
    for _ in 0..3 {
        bank.faults.answer("TransactWriteItems", in_progress);
    }
    let opened = bank.send_in("1", open_as("savings"), &creating("open")).await.unwrap();
    assert!(bank.faults.all_happened());
    assert_eq!((opened.receipt.commit, opened.cost.round_trips), (1, 2));
}

#[tokio::test]
async fn a_refusal_that_does_not_say_who_was_faster_is_followed_by_a_read() {
    let bank = Bank::open().await;
    bank.send("1", "open", open()).await.unwrap();
    let refused = r#"{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"}"#;
    bank.faults.answer("PutItem", refused);
    let deposited = bank.send("1", "deposit", Command::Deposit(5)).await.unwrap();
    assert!(bank.faults.all_happened());
    assert_eq!((deposited.receipt.commit, deposited.cost.round_trips), (2, 4));
}

#[tokio::test]
async fn an_execution_that_is_dropped_leaves_nothing_half_done() {
    let bank = Bank::open().await.remembering(1);
    bank.send_in("1", open(), &creating("open")).await.unwrap();
    bank.faults.before("PutItem", std::future::pending());
    let dropped = tokio::time::timeout(Duration::from_millis(50), bank.send("1", "one", Command::Deposit(5)));
    assert!(dropped.await.is_err());
    let deposited = bank.send("1", "one", Command::Deposit(5)).await.unwrap();
    assert_eq!((deposited.receipt.commit, deposited.state.cents), (2, 5));
}
