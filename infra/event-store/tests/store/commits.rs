use event_store::{Commit, ExecuteError, StoreError};

use crate::{
    account::{Command, Refusal, long_note, noise, notes, open, open_as},
    bank::{Bank, context, creating, store_error, stream},
};

#[tokio::test]
async fn a_command_is_one_item_however_many_events_it_records() {
    let bank = Bank::open().await;
    bank.send("1", "open", open()).await.unwrap();
    let noted = bank.send("1", "note", notes(30)).await.unwrap();
    assert_eq!((noted.receipt.commit, noted.receipt.first_sequence, noted.receipt.events), (2, 2, 30));
    assert_eq!(bank.items().await.len(), 2);
}

#[tokio::test]
async fn a_commit_tells_who_when_and_what() {
    let bank = Bank::open().await;
    bank.send("1", "open", open()).await.unwrap();
    bank.send("1", "deposit", Command::Deposit(5)).await.unwrap();
    let [_, commit] = bank.store.commits_after(&stream("1"), 0).await.unwrap().try_into().unwrap();
    let context = context("deposit");
    assert_eq!((commit.number, commit.first_sequence, commit.at), (2, 2, context.at));
    assert_eq!((commit.stream, commit.metadata), (stream("1"), context.metadata));
    assert_eq!((commit.command_id, commit.fingerprint), (context.command_id, context.fingerprint));
    assert_eq!(commit.events[0].event_type, "account.deposited");
    assert_eq!(commit.events[0].event_version, "1");
    assert_eq!(commit.events[0].payload, serde_json::json!({"Deposited": {"cents": 5}}));
}

#[tokio::test]
async fn the_items_of_the_table_read_as_commits() {
    let bank = Bank::open().await;
    bank.send("1", "open", open()).await.unwrap();
    let [item] = bank.items().await.try_into().unwrap();
    assert!(Commit::is_commit(&item));
    assert_eq!(
        vec![Commit::from_item(&item).unwrap()],
        bank.store.commits_after(&stream("1"), 0).await.unwrap()
    );
}

#[tokio::test]
async fn a_command_that_records_nothing_writes_nothing() {
    let bank = Bank::open().await;
    bank.send("1", "open", open()).await.unwrap();
    let noted = bank.send("1", "note", notes(0)).await.unwrap();
    assert_eq!((noted.receipt.commit, noted.receipt.first_sequence, noted.receipt.events), (1, 2, 0));
    assert_eq!((noted.cost.round_trips, noted.cost.write_units), (1, 0.0));
    assert_eq!(bank.items().await.len(), 1);
}

#[tokio::test]
async fn a_refused_command_writes_nothing() {
    let bank = Bank::open().await;
    let refused = bank.send("1", "deposit", Command::Deposit(5)).await;
    assert!(matches!(refused, Err(ExecuteError::Rejected(Refusal::NotOpen))));
    assert!(bank.items().await.is_empty());
}

#[tokio::test]
async fn a_commit_over_the_limit_is_refused_with_nothing_written() {
    let bank = Bank::open().await;
    bank.send("1", "open", open()).await.unwrap();
    let error = store_error(bank.send("1", "note", long_note(600_000)).await);
    assert!(matches!(error, StoreError::CommitTooLarge { bytes: 409_601.., limit: 409_600 }), "{error:?}");
    assert_eq!(bank.items().await.len(), 1);
}

/// To the byte: a command's id is never compressed, so each further byte of it is one of the item.
#[tokio::test]
async fn no_commit_that_the_store_lets_pass_is_too_large_for_the_engine() {
    let bank = Bank::open().await;
    let bank = bank.with(|_| bank.store.aggregates());
    let mut fits = 400_000_usize..600_000;
    while fits.len() > 8 {
        let bytes = fits.start.midpoint(fits.end);
        if is_taken(&bank, bytes, open_as(&noise(bytes)), "id").await {
            fits.start = bytes;
        } else {
            fits.end = bytes;
        }
    }
    // From just below the limit on.
    let open = open_as(&noise(fits.start - 16));
    let mut id = "id".to_owned();
    while is_taken(&bank, id.len(), open.clone(), &id).await {
        id.push('d');
    }
    assert!(id.len() > 4, "several ids were tried at the limit");
}

/// Whether the store takes a command that opens an account; otherwise it says that the commit is too large.
async fn is_taken(bank: &Bank, account: usize, open: Command, command_id: &str) -> bool {
    match bank.send_in(&format!("{account:06}"), open, &creating(command_id)).await {
        Ok(_) => true,
        Err(ExecuteError::Store(StoreError::CommitTooLarge { .. })) => false,
        Err(error) => panic!("account {account}: {error:?}"),
    }
}

#[tokio::test]
async fn more_text_than_is_unpacked_again_is_refused_however_well_it_would_compress() {
    let bank = Bank::open().await;
    bank.send("1", "open", open()).await.unwrap();
    let repeated = |bytes| Command::Note(vec!["x".repeat(bytes)]);
    let error = store_error(bank.send("1", "too much", repeated(17 << 20)).await);
    assert!(matches!(error, StoreError::CommitTooLarge { limit: 16_777_216, .. }), "{error:?}");
    bank.send("1", "much", repeated(15 << 20)).await.unwrap();
    assert_eq!(bank.load("1").await.state.notes, 1);
}

#[tokio::test]
async fn an_id_that_cannot_name_a_stream_is_refused() {
    let bank = Bank::open().await;
    let error = store_error(bank.send("1#2", "open", open()).await);
    assert!(matches!(error, StoreError::InvalidStreamId(_)), "{error:?}");
}
