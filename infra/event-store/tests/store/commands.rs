use event_store::{CommandContext, ExecuteError, StoreError};

use crate::{
    account::{Command, Refusal, open, open_as},
    bank::{Bank, context, creating, expecting, store_error},
};

#[tokio::test]
async fn a_repeated_command_gets_the_first_receipt_and_the_state_of_that_time() {
    let bank = Bank::open().await;
    bank.send("1", "open", open()).await.unwrap();
    let first = bank.send("1", "five", Command::Deposit(5)).await.unwrap();
    bank.send("1", "seven", Command::Deposit(7)).await.unwrap();

    let again = bank.send("1", "five", Command::Deposit(5)).await.unwrap();

    assert!(again.receipt.duplicate && !first.receipt.duplicate);
    assert_eq!((again.receipt.commit, again.receipt.first_sequence, again.receipt.events), (2, 2, 1));
    assert_eq!((again.state.cents, first.state.cents), (5, 5));
    assert_eq!(bank.load("1").await.state.cents, 12);
}

#[tokio::test]
async fn a_repeated_command_is_not_refused_for_what_it_did_itself() {
    let bank = Bank::open().await;
    bank.send("1", "open", open_as("savings")).await.unwrap();
    let again = bank.send("1", "open", open_as("savings")).await.unwrap();
    assert!(again.receipt.duplicate);
}

#[tokio::test]
async fn a_repeated_create_meets_itself_and_its_own_claim() {
    let bank = Bank::open().await;
    bank.send_in("1", open_as("savings"), &creating("open")).await.unwrap();
    bank.send("1", "deposit", Command::Deposit(5)).await.unwrap();
    let again = bank.send_in("1", open_as("savings"), &creating("open")).await.unwrap();
    assert!(again.receipt.duplicate);
    assert_eq!((again.receipt.commit, again.state.cents), (1, 0));
}

#[tokio::test]
async fn the_same_id_with_another_command_is_refused() {
    let bank = Bank::open().await;
    bank.send("1", "open", open()).await.unwrap();
    for assume_new in [false, true] {
        let other = CommandContext { fingerprint: [2; 32], assume_new, ..context("open") };
        let error = store_error(bank.send_in("1", open_as("savings"), &other).await);
        assert!(matches!(error, StoreError::CommandReused { command_id } if command_id == "open"));
    }
    assert_eq!(bank.items().await.len(), 1);
}

#[tokio::test]
async fn the_same_id_on_two_streams_is_two_commands() {
    let bank = Bank::open().await;
    let one = bank.send("1", "open", open()).await.unwrap();
    let two = bank.send("2", "open", open()).await.unwrap();
    assert!(!one.receipt.duplicate && !two.receipt.duplicate);
}

#[tokio::test]
async fn an_expected_commit_that_is_the_last_is_accepted() {
    let bank = Bank::open().await;
    bank.send_in("1", open(), &expecting(0, "open")).await.unwrap();
    let deposited = bank.send_in("1", Command::Deposit(5), &expecting(1, "deposit")).await.unwrap();
    assert_eq!(deposited.receipt.commit, 2);
}

#[tokio::test]
async fn an_expected_commit_that_is_not_the_last_is_a_mismatch_before_anything_is_decided() {
    let bank = Bank::open().await;
    bank.send("1", "open", open()).await.unwrap();
    for expected in [0, 2] {
        let error = store_error(bank.send_in("1", open(), &expecting(expected, "again")).await);
        assert!(matches!(error, StoreError::VersionMismatch { actual: 1, .. }), "{error:?}");
    }
}

#[tokio::test]
async fn a_repeated_command_is_a_duplicate_rather_than_a_mismatch() {
    let bank = Bank::open().await;
    bank.send("1", "open", open()).await.unwrap();
    let context = expecting(1, "deposit");
    bank.send_in("1", Command::Deposit(5), &context).await.unwrap();
    let again = bank.send_in("1", Command::Deposit(5), &context).await.unwrap();
    assert!(again.receipt.duplicate);
}

#[tokio::test]
async fn a_wrong_guess_that_a_stream_is_new_costs_a_read_and_nothing_else() {
    let bank = Bank::open().await;
    bank.send("1", "open", open()).await.unwrap();
    let refused = bank.send_in("1", open(), &creating("another open")).await;
    assert!(matches!(refused, Err(ExecuteError::Rejected(Refusal::AlreadyOpen))));
    // The empty account refuses this one, the real one does not.
    let deposited = bank.send_in("1", Command::Deposit(5), &creating("deposit")).await.unwrap();
    assert_eq!((deposited.receipt.commit, deposited.state.cents), (2, 5));
    // The empty account has nothing to close, the real one has.
    let closed = bank.send_in("1", Command::Close, &creating("close")).await.unwrap();
    assert_eq!((closed.receipt.commit, closed.receipt.events), (3, 1));
}

#[tokio::test]
async fn a_create_that_expects_a_commit_looks_before_it_assumes() {
    let bank = Bank::open().await;
    let context = CommandContext { expected_commit: Some(1), ..creating("deposit") };
    let error = store_error(bank.send_in("1", Command::Deposit(5), &context).await);
    assert!(matches!(error, StoreError::VersionMismatch { expected: 1, actual: 0 }));
    bank.send("1", "open", open()).await.unwrap();
    let deposited = bank.send_in("1", Command::Deposit(5), &context).await.unwrap();
    assert_eq!(deposited.receipt.commit, 2);
}

#[tokio::test]
async fn a_command_without_an_id_is_refused() {
    let bank = Bank::open().await;
    let error = store_error(bank.send("1", "", open()).await);
    assert!(matches!(error, StoreError::NoCommandId), "{error:?}");
}
