use event_store::{Cost, Snapshots};

use crate::{
    account::{Command, notes, open, open_as, rename},
    bank::{Bank, creating},
};

const fn cost(round_trips: u32, write_units: f64, read_units: f64) -> Cost {
    Cost { round_trips, read_units, write_units }
}

#[tokio::test]
async fn a_create_without_a_claim_is_one_plain_write() {
    let bank = Bank::open().await;
    let opened = bank.send_in("1", open(), &creating("open")).await.unwrap();
    assert_eq!(opened.cost, cost(1, 1.0, 0.0));
}

#[tokio::test]
async fn a_create_with_one_claim_is_one_transaction_of_two_items() {
    let bank = Bank::open().await;
    let opened = bank.send_in("1", open_as("savings"), &creating("open")).await.unwrap();
    assert_eq!(opened.cost, cost(1, 4.0, 0.0));
}

#[tokio::test]
async fn an_update_is_one_read_and_one_write() {
    let bank = Bank::open().await;
    bank.send("1", "open", open_as("savings")).await.unwrap();
    let deposited = bank.send("1", "deposit", Command::Deposit(5)).await.unwrap();
    assert_eq!(deposited.cost, cost(2, 1.0, 1.0));
}

#[tokio::test]
async fn thirty_short_events_are_compressed_into_one_kilobyte() {
    let bank = Bank::open().await;
    bank.send("1", "open", open()).await.unwrap();
    let noted = bank.send("1", "note", notes(30)).await.unwrap();
    assert_eq!(noted.cost, cost(2, 1.0, 1.0));
}

#[tokio::test]
async fn three_events_cost_what_one_does() {
    let bank = Bank::open().await;
    bank.send("1", "open", open()).await.unwrap();
    let noted = bank.send("1", "note", notes(3)).await.unwrap();
    assert_eq!(noted.cost, cost(2, 1.0, 1.0));
}

#[tokio::test]
async fn an_update_costs_the_same_at_a_thousand_commits() {
    let bank = Bank::open().await;
    let cold = bank.with(|accounts| accounts.snapshotting(Snapshots::of_state_version(1)));
    let warm = cold.remembering(1);
    warm.send_in("1", open(), &creating("open")).await.unwrap();
    for n in 2..=1_000 {
        let deposited = warm.send("1", &format!("deposit {n}"), Command::Deposit(1)).await.unwrap();
        assert_eq!((deposited.cost.round_trips, deposited.cost.read_units), (1, 0.0));
        assert!(deposited.cost.write_units <= 2.0, "a snapshot may take a second kilobyte");
    }
    // Twice from one snapshot to the next.
    for n in 1_001..=1_016 {
        let deposited = cold.send("1", &format!("deposit {n}"), Command::Deposit(1)).await.unwrap();
        assert_eq!((deposited.receipt.commit, deposited.state.cents), (n, n - 1));
        let Cost { round_trips, write_units, read_units } = deposited.cost;
        assert!(round_trips == 2 && write_units <= 2.0 && read_units <= 2.0, "{n}: {:?}", deposited.cost);
    }
}

#[tokio::test]
async fn a_change_of_a_claim_is_a_transaction_of_three_items() {
    let bank = Bank::open().await;
    bank.send("1", "open", open_as("savings")).await.unwrap();
    let renamed = bank.send("1", "rename", rename("holidays")).await.unwrap();
    let write_units = if bank.engine.bills_each_item() { 6.0 } else { 4.0 };
    assert_eq!(renamed.cost, cost(2, write_units, 1.0));
}

#[tokio::test]
async fn a_repeated_create_reads_nothing() {
    let bank = Bank::open().await;
    bank.send_in("1", open(), &creating("open")).await.unwrap();
    let repeated = bank.send_in("1", open(), &creating("open")).await.unwrap();
    assert_eq!((repeated.cost.round_trips, repeated.cost.read_units), (1, 0.0));
}
