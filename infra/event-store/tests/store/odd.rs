//! An aggregate that does what it should not.

use cqrs_es::{Aggregate, DomainEvent, event_sink::EventSink};
use event_store::{ExecuteError, StoreError};
use serde::{Deserialize, Serialize};

use crate::bank::{Bank, context};

#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
struct Odd {
    events: u32,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
struct Happened {
    version: String,
}

impl DomainEvent for Happened {
    fn event_type(&self) -> String {
        "happened".into()
    }

    fn event_version(&self) -> String {
        self.version.clone()
    }
}

impl Aggregate for Odd {
    const TYPE: &'static str = "Odd";
    type Command = String;
    type Event = Happened;
    type Error = std::convert::Infallible;
    type Services = ();

    /// Changes itself behind the back of its events.
    async fn handle(&mut self, version: String, (): &(), sink: &EventSink<Self>) -> Result<(), Self::Error> {
        self.events += 100;
        sink.write(Happened { version }, self).await;
        Ok(())
    }

    fn apply(&mut self, _: Happened) {
        self.events += 1;
    }
}

#[tokio::test]
async fn a_state_is_what_the_events_make_of_it_and_nothing_else() {
    let bank = Bank::open().await;
    let odd = bank.store.aggregates::<Odd>();
    let executed = odd.execute("1", "1".into(), &(), &context("command")).await.unwrap();
    assert_eq!(executed.state, Odd { events: 1 });
    assert_eq!(odd.load("acme", "1").await.unwrap().state, executed.state);
}

#[tokio::test]
async fn an_event_whose_version_could_not_be_told_from_its_type_is_refused() {
    let bank = Bank::open().await;
    let odd = bank.store.aggregates::<Odd>();
    let refused = odd.execute("1", "1@2".into(), &(), &context("command")).await;
    assert!(matches!(refused, Err(ExecuteError::Store(StoreError::InvalidEvent { .. }))), "{refused:?}");
    assert!(bank.items().await.is_empty());
}
