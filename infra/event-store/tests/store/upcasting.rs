//! Events of older versions, on their way into a program that knows newer ones.

use cqrs_es::{Aggregate, DomainEvent, event_sink::EventSink};
use event_store::{RecordedEvent, StoreError, Upcasters};
use futures_util::TryStreamExt as _;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    account::{Account, Command, Event},
    bank::{Bank, context, stream},
};

/// The accounts of an earlier release. Its command is the event to record.
#[derive(Clone, Default, Serialize, Deserialize)]
struct OldAccount;

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
enum OldEvent {
    /// Version 0 of what is `account.opened` now.
    Opened { name: String },
    /// What are two deposits now.
    PaidIn { notes: u64, coins: u64 },
    /// Nobody asks for these any more.
    Audited,
    /// A version that was never released.
    Foreseen,
}

impl DomainEvent for OldEvent {
    fn event_type(&self) -> String {
        match self {
            Self::Opened { .. } => "account.opened",
            Self::PaidIn { .. } => "account.paid_in",
            Self::Audited => "account.audited",
            Self::Foreseen => "account.closed",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        if matches!(self, Self::Foreseen) { "2".into() } else { "0".into() }
    }
}

impl Aggregate for OldAccount {
    const TYPE: &'static str = "Account";
    type Command = Vec<OldEvent>;
    type Event = OldEvent;
    type Error = std::convert::Infallible;
    type Services = ();

    async fn handle(
        &mut self,
        events: Vec<OldEvent>,
        (): &(),
        sink: &EventSink<Self>,
    ) -> Result<(), Self::Error> {
        for event in events {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, _: OldEvent) {}
}

fn recorded(event: &Event) -> RecordedEvent {
    RecordedEvent::of(event).unwrap()
}

/// In two steps: version 0 named what version "0.5" nicknames, and version 1 asks for an IBAN too.
fn upcasters() -> Upcasters {
    Upcasters::default()
        .replacing("account.opened", "0", |payload| {
            Ok(vec![RecordedEvent {
                event_type: "account.opened".into(),
                event_version: "0.5".into(),
                payload: json!({ "Opened": { "nickname": payload["Opened"]["name"] } }),
            }])
        })
        .replacing("account.opened", "0.5", |payload| {
            let nickname = payload["Opened"]["nickname"].as_str().map(str::to_owned);
            Ok(vec![recorded(&Event::Opened { iban: None, nickname })])
        })
        .replacing("account.paid_in", "0", |payload| {
            let cents = |part: &Value| part.as_u64().ok_or("not an amount");
            let (notes, coins) = (cents(&payload["PaidIn"]["notes"])?, cents(&payload["PaidIn"]["coins"])?);
            let deposits = [notes, coins].into_iter().filter(|cents| *cents > 0);
            Ok(deposits.map(|cents| recorded(&Event::Deposited { cents })).collect())
        })
        .dropping("account.audited", "0")
}

async fn bank_with(history: &[OldEvent]) -> Bank {
    let bank = Bank::open().await;
    let old = bank.store.aggregates::<OldAccount>();
    old.execute("1", history.to_vec(), &(), &context("as it was")).await.unwrap();
    bank
}

fn history() -> [OldEvent; 3] {
    [
        OldEvent::Opened { name: "savings".into() },
        OldEvent::Audited,
        OldEvent::PaidIn { notes: 500, coins: 7 },
    ]
}

#[tokio::test]
async fn old_events_become_new_ones_through_chains_splits_and_omissions() {
    let bank = bank_with(&history()).await.with(|accounts| accounts.upcasting(upcasters()));
    let loaded = bank.load("1").await;
    let expected = Account { open: true, nickname: Some("savings".into()), cents: 507, ..Account::default() };
    assert_eq!(loaded.state, expected);

    // Sequence numbers count what is stored.
    let deposited = bank.send("1", "deposit", Command::Deposit(3)).await.unwrap();
    assert_eq!((deposited.receipt.commit, deposited.receipt.first_sequence), (2, 4));
    assert_eq!(deposited.state.cents, 510);
    assert_eq!(bank.load("1").await.state, deposited.state);
}

#[tokio::test]
async fn what_is_stored_stays_as_it_was() {
    let bank = bank_with(&history()).await.with(|accounts| accounts.upcasting(upcasters()));
    bank.send("1", "deposit", Command::Deposit(3)).await.unwrap();
    let commits: Vec<_> = bank.store.commits(&stream("1"), 0).try_collect().await.unwrap();
    assert_eq!(commits[0].decode::<OldEvent>(&Upcasters::default()).unwrap(), history());
    let upcast: Vec<Event> = commits[0].decode(&upcasters()).unwrap();
    assert_eq!(upcast.len(), 3);
}

#[tokio::test]
async fn an_event_that_the_program_does_not_know_is_an_error_and_never_left_out() {
    let circular = Upcasters::default().replacing("account.audited", "0", |payload| {
        Ok(vec![RecordedEvent { event_type: "account.audited".into(), event_version: "0".into(), payload }])
    });
    let failing = Upcasters::default().replacing("account.audited", "0", |_| Err("it says alice".into()));
    for (event, upcasters, reason) in [
        (
            OldEvent::Audited,
            Upcasters::default(),
            "account.audited@0 is not an event that this program knows",
        ),
        (OldEvent::Foreseen, upcasters(), "account.closed@2 is not an event that this program knows"),
        (OldEvent::Audited, circular, "the upcasters of account.audited@0 go in circles"),
        (OldEvent::Audited, failing, "account.audited@0 could not be upcast"),
    ] {
        let bank = bank_with(&[event]).await.with(|accounts| accounts.upcasting(upcasters));
        let error = bank.accounts.load("acme", "1").await.unwrap_err();
        let StoreError::Corrupt { reason: told, commit, .. } = error else { panic!("{error:?}") };
        assert_eq!((told.as_str(), commit), (reason, 1));
    }
}

#[test]
#[should_panic(expected = "there are two rules for account.audited@0")]
fn two_rules_for_one_version_are_refused() {
    let _ = upcasters().dropping("account.audited", "0");
}
