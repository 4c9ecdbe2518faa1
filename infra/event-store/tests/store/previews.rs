use std::{collections::BTreeSet, num::NonZeroU32};

use event_store::{
    Claim, ClaimKey, CommandContext, Cost, ExecuteError, Preview, RecordedEvent, Snapshots, StoreError,
};

use crate::{
    account::{Account, Command, Refusal, long_note, notes, open, open_as, rename},
    bank::{Bank, SECRET, context, creating, expecting, stream},
};

type Foreseen = Result<Preview<Account>, ExecuteError<Refusal>>;

/// Previews a command, and shows that nothing came of it.
async fn preview_in(bank: &Bank, id: &str, command: Command, context: &CommandContext) -> Foreseen {
    let (writes, items) = (bank.faults.writes(), bank.items().await.len());
    let foreseen = bank.accounts.preview(id, command, &(), context).await;
    assert_eq!((bank.faults.writes(), bank.items().await.len()), (writes, items));
    foreseen
}

async fn preview(bank: &Bank, id: &str, command_id: &str, command: Command) -> Foreseen {
    preview_in(bank, id, command, &context(command_id)).await
}

#[track_caller]
fn store_error(foreseen: Foreseen) -> StoreError {
    match foreseen {
        Err(ExecuteError::Store(error)) => error,
        other => panic!("not an error of the store: {other:?}"),
    }
}

/// Account 1 is named and payable, account 2 named.
async fn bank() -> Bank {
    let bank = Bank::open().await.enrolling();
    let open = Command::Open { iban: Some("DE1".into()), nickname: Some("savings".into()) };
    bank.send("1", "open", open).await.unwrap();
    bank.send("2", "open", open_as("holidays")).await.unwrap();
    bank
}

/// What a commit of the stream recorded.
async fn recorded(bank: &Bank, id: &str, commit: u64) -> Vec<RecordedEvent> {
    let commits = bank.store.commits_after(&stream(id), 0).await.unwrap();
    commits.into_iter().find(|stored| stored.number == commit).map_or_else(Vec::new, |stored| stored.events)
}

/// Every command, on every account, twice: the second time some are closed, and names are free.
fn commands() -> Vec<(&'static str, Command)> {
    let both = Command::Open { iban: Some("DE3".into()), nickname: Some("rainy days".into()) };
    let of_each = |id| {
        [Command::Deposit(5), both.clone(), open(), rename("house"), notes(0), notes(3), Command::Close]
            .map(|command| (id, command))
    };
    ["3", "1", "2", "3", "2", "1"].into_iter().flat_map(of_each).collect()
}

#[tokio::test]
async fn what_is_previewed_is_what_is_then_carried_out() {
    let bank = bank().await;
    let mut met = BTreeSet::new();
    for (n, (id, command)) in commands().into_iter().enumerate() {
        let context = context(&format!("command {n}"));
        let foreseen = preview_in(&bank, id, command.clone(), &context).await;
        let before = bank.load(id).await.commit;
        match (foreseen, bank.send_in(id, command, &context).await) {
            (Ok(foreseen), Ok(executed)) => {
                assert_eq!((foreseen.commit, foreseen.state), (before, executed.state));
                assert_eq!(foreseen.events, recorded(&bank, id, before + 1).await);
                met.insert(format!("{} events", foreseen.events.len()));
            }
            (Err(foreseen), Err(refused)) => {
                assert_eq!(format!("{foreseen:?}"), format!("{refused:?}"));
                met.insert(foreseen.to_string());
            }
            different => panic!("command {n}: {different:?}"),
        }
    }
    let all = [
        "0 events",
        "1 events",
        "3 events",
        "another stream holds this nickname",
        "the account is not open",
        "the account is open already",
        "the last member of the roster named cannot leave it",
        "the last member of the roster payable cannot leave it",
    ];
    assert!(met.iter().eq(all), "{met:?}");
}

#[tokio::test]
async fn a_preview_tells_the_events_the_state_after_them_and_where_the_stream_is() {
    let bank = bank().await;
    let foreseen = preview(&bank, "1", "rename", rename("rainy days")).await.unwrap();
    assert_eq!((foreseen.commit, foreseen.state.nickname), (1, Some("rainy days".into())));
    assert_eq!(foreseen.events[0].payload, serde_json::json!({"Renamed": {"nickname": "rainy days"}}));
}

#[tokio::test]
async fn a_command_that_records_nothing_previews_no_events_and_the_state_as_it_is() {
    let bank = bank().await;
    let foreseen = preview(&bank, "1", "note", notes(0)).await.unwrap();
    assert_eq!((foreseen.commit, foreseen.events, foreseen.state), (1, vec![], bank.load("1").await.state));
}

#[tokio::test]
async fn a_preview_that_is_refused_is_refused_as_the_command_would_be() {
    let bank = bank().await;
    let refused = preview(&bank, "1", "open again", open()).await;
    assert!(matches!(refused, Err(ExecuteError::Rejected(Refusal::AlreadyOpen))), "{refused:?}");
    let refused = preview(&bank, "3", "deposit", Command::Deposit(5)).await;
    assert!(matches!(refused, Err(ExecuteError::Rejected(Refusal::NotOpen))), "{refused:?}");
}

#[tokio::test]
async fn what_is_remembered_is_not_trusted_and_nor_is_what_is_assumed() {
    let bank = bank().await;
    let (here, there) = (bank.remembering(10), bank.remembering(10));
    here.send("1", "deposit", Command::Deposit(1)).await.unwrap();
    there.send("1", "elsewhere", Command::Deposit(2)).await.unwrap();
    let foreseen = preview(&here, "1", "another", Command::Deposit(4)).await.unwrap();
    assert_eq!((foreseen.commit, foreseen.state.cents), (3, 7));
    let refused = preview_in(&bank, "1", open(), &creating("open again")).await;
    assert!(matches!(refused, Err(ExecuteError::Rejected(Refusal::AlreadyOpen))), "{refused:?}");
}

#[tokio::test]
async fn a_command_that_was_carried_out_already_previews_no_events_and_the_state_of_that_time() {
    let bank = bank().await;
    bank.send("1", "five", Command::Deposit(5)).await.unwrap();
    bank.send("1", "seven", Command::Deposit(7)).await.unwrap();
    let foreseen = preview(&bank, "1", "five", Command::Deposit(5)).await.unwrap();
    assert_eq!((foreseen.commit, foreseen.events, foreseen.state.cents), (3, vec![], 5));
}

#[tokio::test]
async fn a_create_that_was_carried_out_long_ago_previews_no_events() {
    let bank = Bank::open().await;
    let every = NonZeroU32::new(4).unwrap();
    let bank = bank.with(|accounts| accounts.snapshotting(Snapshots::of_state_version(1).every(every)));
    bank.send_in("1", open(), &creating("open")).await.unwrap();
    for n in 0..80 {
        bank.send("1", &format!("deposit {n}"), Command::Deposit(1)).await.unwrap();
    }
    let foreseen = preview_in(&bank, "1", open(), &creating("open")).await.unwrap();
    assert_eq!((foreseen.commit, foreseen.events, foreseen.state.cents), (81, vec![], 0));
}

#[tokio::test]
async fn the_same_id_with_another_command_is_refused() {
    let bank = bank().await;
    let other = CommandContext { fingerprint: [2; 32], ..context("open") };
    let error = store_error(preview_in(&bank, "1", Command::Deposit(5), &other).await);
    assert!(matches!(error, StoreError::CommandReused { command_id } if command_id == "open"));
}

#[tokio::test]
async fn a_preview_for_another_commit_is_a_mismatch() {
    let bank = bank().await;
    let error = store_error(preview_in(&bank, "1", Command::Deposit(5), &expecting(2, "deposit")).await);
    assert!(matches!(error, StoreError::VersionMismatch { expected: 2, actual: 1 }), "{error:?}");
    let foreseen = preview_in(&bank, "1", Command::Deposit(5), &expecting(1, "deposit")).await.unwrap();
    assert_eq!((foreseen.commit, foreseen.events.len()), (1, 1));
}

#[tokio::test]
async fn a_commit_that_would_be_too_large_is_refused() {
    let bank = bank().await;
    let error = store_error(preview(&bank, "1", "note", long_note(600_000)).await);
    assert!(matches!(error, StoreError::CommitTooLarge { limit: 409_600, .. }), "{error:?}");
}

#[tokio::test]
async fn more_claims_than_a_transaction_takes_are_refused_without_a_look() {
    fn hundred(account: &Account) -> Vec<Claim> {
        let number = |n: usize| Claim { kind: "nickname", value: format!("{n}") };
        (0..if account.open { 100 } else { 0 }).map(number).collect()
    }
    let bank = Bank::open().await;
    let bank = bank.with(|accounts| accounts.claiming(ClaimKey::new(SECRET), hundred));
    let error = store_error(preview(&bank, "1", "open", open()).await);
    assert!(matches!(error, StoreError::TooManyClaims { claims: 100, limit: 99 }), "{error:?}");
}

#[tokio::test]
async fn a_claim_that_another_stream_holds_is_refused() {
    let bank = bank().await;
    let error = store_error(preview(&bank, "2", "rename", rename("savings")).await);
    assert!(matches!(error, StoreError::ClaimTaken { kind } if kind == "nickname"));
    preview(&bank, "1", "rename", rename("savings")).await.unwrap();
}

#[tokio::test]
async fn a_roster_that_would_lose_its_last_member_is_refused() {
    let bank = bank().await;
    let error = store_error(preview(&bank, "1", "close", Command::Close).await);
    assert!(matches!(error, StoreError::LastMember { roster } if roster == "payable"));
    preview(&bank, "2", "close", Command::Close).await.unwrap();
}

#[tokio::test]
async fn a_stream_from_before_the_roster_has_nothing_to_leave() {
    let bank = bank().await;
    let before = bank.with(|_| bank.store.aggregates());
    let payable = Command::Open { iban: Some("DE3".into()), nickname: None };
    before.send("3", "open", payable).await.unwrap();
    let foreseen = preview(&bank, "3", "close", Command::Close).await.unwrap();
    assert_eq!(foreseen.events.len(), 1);
}

#[tokio::test]
async fn a_preview_without_a_command_id_is_refused() {
    let bank = bank().await;
    let error = store_error(preview(&bank, "1", "", open()).await);
    assert!(matches!(error, StoreError::NoCommandId), "{error:?}");
}

#[tokio::test]
async fn a_preview_costs_a_read_and_the_looks_that_are_made_at_once() {
    const fn cost(round_trips: u32, read_units: f64) -> Cost {
        Cost { round_trips, read_units, write_units: 0.0 }
    }
    let bank = bank().await;
    let cost_of = async |command| preview(&bank, "2", "command", command).await.unwrap().cost;
    assert_eq!(cost_of(Command::Deposit(5)).await, cost(1, 1.0));
    // A claim is taken.
    assert_eq!(cost_of(rename("house")).await, cost(2, 2.0));
    // A claim is released, and a roster left.
    assert_eq!(cost_of(Command::Close).await, cost(2, 2.0));
    let both = Command::Open { iban: Some("DE3".into()), nickname: Some("house".into()) };
    let opened = preview(&bank, "3", "open", both).await.unwrap();
    assert_eq!((opened.cost.round_trips, opened.cost.write_units), (2, 0.0));
}
