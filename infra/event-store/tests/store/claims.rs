use event_store::{Claim, ClaimKey, StoreError, StreamId};

use crate::{
    account::{Account, Command, open_as, rename},
    bank::{Bank, SECRET, creating, store_error, stream},
};

fn open_with(iban: &str, nickname: &str) -> Command {
    Command::Open { iban: Some(iban.to_owned()), nickname: Some(nickname.to_owned()) }
}

#[tokio::test]
async fn a_claim_that_another_stream_holds_is_refused_with_nothing_written() {
    let bank = Bank::open().await;
    bank.send_in("1", open_as("savings"), &creating("open 1")).await.unwrap();
    let error = store_error(bank.send_in("2", open_as("savings"), &creating("open 2")).await);
    assert!(matches!(error, StoreError::ClaimTaken { kind } if kind == "nickname"));
    assert_eq!(bank.load("2").await.commit, 0);
    assert_eq!(bank.owners().await, ["acme#Account#1"]);
}

#[tokio::test]
async fn a_changed_claim_frees_the_old_value_and_holds_the_new_one() {
    let bank = Bank::open().await;
    bank.send("1", "open 1", open_as("savings")).await.unwrap();
    bank.send("1", "rename 1", rename("holidays")).await.unwrap();
    bank.send("2", "open 2", open_as("savings")).await.unwrap();
    let error = store_error(bank.send("2", "rename 2", rename("holidays")).await);
    assert!(matches!(error, StoreError::ClaimTaken { .. }));
    assert_eq!(bank.owners().await, ["acme#Account#1", "acme#Account#2"]);
}

#[tokio::test]
async fn a_released_claim_can_be_taken_again() {
    let bank = Bank::open().await;
    bank.send("1", "open 1", open_with("DE1", "savings")).await.unwrap();
    bank.send("1", "close 1", Command::Close).await.unwrap();
    assert!(bank.owners().await.is_empty());
    bank.send("2", "open 2", open_with("DE1", "savings")).await.unwrap();
    assert_eq!(bank.owners().await, ["acme#Account#2"; 2]);
}

#[tokio::test]
async fn of_several_claims_none_is_taken_when_one_is_not_free() {
    let bank = Bank::open().await;
    bank.send("1", "open 1", open_with("DE1", "savings")).await.unwrap();
    let error = store_error(bank.send("2", "open 2", open_with("DE1", "holidays")).await);
    assert!(matches!(error, StoreError::ClaimTaken { kind } if kind == "iban"));
    bank.send("3", "open 3", open_with("DE3", "holidays")).await.unwrap();
}

#[tokio::test]
async fn a_claim_that_stays_is_not_written_again() {
    let bank = Bank::open().await;
    bank.send("1", "open", open_as("savings")).await.unwrap();
    let renamed = bank.send("1", "rename", rename("savings")).await.unwrap();
    assert_eq!(renamed.cost.write_units, 1.0);
}

#[tokio::test]
async fn tenants_do_not_share_claims() {
    let bank = Bank::open().await;
    bank.send("1", "open", open_as("savings")).await.unwrap();
    let mut elsewhere = creating("open");
    elsewhere.tenant = "other".into();
    bank.send_in("1", open_as("savings"), &elsewhere).await.unwrap();
}

#[tokio::test]
async fn the_table_does_not_hold_the_claimed_value() {
    let bank = Bank::open().await;
    bank.send("1", "open", open_as("savings")).await.unwrap();
    let items = bank.items().await;
    let claims: Vec<_> = items.iter().filter(|item| item.contains_key("o")).collect();
    assert_eq!(claims.len(), 1);
    assert!(!format!("{claims:?}").contains("savings"));
}

async fn holder_of(bank: &Bank, tenant: &str, nickname: &str) -> Option<StreamId> {
    let claim = Claim { kind: "nickname", value: nickname.into() };
    bank.store.holder(&ClaimKey::new(SECRET), tenant, &claim).await.unwrap()
}

#[tokio::test]
async fn the_holder_of_a_claim_is_found_as_long_as_it_holds_it() {
    let bank = Bank::open().await;
    bank.send("1", "open", open_as("savings")).await.unwrap();
    assert_eq!(holder_of(&bank, "acme", "savings").await, Some(stream("1")));
    assert_eq!(holder_of(&bank, "other", "savings").await, None);
    bank.send("1", "rename", rename("holidays")).await.unwrap();
    assert_eq!(holder_of(&bank, "acme", "savings").await, None);
    assert_eq!(holder_of(&bank, "acme", "holidays").await, Some(stream("1")));
}

#[tokio::test]
async fn more_claims_than_a_transaction_takes_are_refused_before_writing() {
    fn hundred(account: &Account) -> Vec<Claim> {
        let number = |n: usize| Claim { kind: "nickname", value: format!("{n}") };
        (0..if account.open { 100 } else { 0 }).map(number).collect()
    }
    let bank = Bank::open().await;
    let bank = bank.with(|accounts| accounts.claiming(ClaimKey::new(SECRET), hundred));
    let error = store_error(bank.send_in("1", open_as("savings"), &creating("open")).await);
    assert!(matches!(error, StoreError::TooManyClaims { claims: 100, limit: 99 }), "{error:?}");
    assert!(bank.items().await.is_empty());
}

#[tokio::test]
async fn a_stream_from_before_the_claim_leaves_a_value_to_the_one_that_took_it() {
    let bank = Bank::open().await;
    let before = bank.with(|_| bank.store.aggregates());
    before.send("1", "open", open_as("savings")).await.unwrap();
    bank.send("2", "open", open_as("savings")).await.unwrap();
    let renamed = bank.send("1", "rename", rename("holidays")).await.unwrap();
    assert_eq!(renamed.receipt.commit, 2);
    assert_eq!(bank.owners().await, ["acme#Account#1", "acme#Account#2"]);
    before.send("3", "open", open_as("savings")).await.unwrap();
    bank.send("3", "close", Command::Close).await.unwrap();
    assert_eq!(holder_of(&bank, "acme", "savings").await, Some(stream("2")));
}
