//! What it costs to load an aggregate that nobody has in memory.

use std::num::NonZeroUsize;

use event_store::{Aggregates, Cost, DynamoEventStore, Snapshots};

use crate::{
    contenders::{aggregates, store},
    engine::Engine,
    meter::Meter,
    options::Scale,
    table::Table,
};
use benches::account::{Account, Command, context, long_note, notes, open};

const ID: &str = "account1";

const SHORT: usize = 20;

/// So many notes of so many characters are over 5 MB, even compressed.
const LARGE_NOTES: usize = 140;
const LARGE_NOTE: usize = 50_000;

pub(crate) async fn measure(scale: Scale) -> Table {
    let mut table =
        Table::new("A cold load", ["stream", "round trips", "read units", "state as it was written"]);
    for commits in [SHORT, scale.very_long] {
        let bench = Bench::start().await;
        let written = bench.write(commits - 1, notes(1)).await;
        let cost = bench.load(&aggregates(&bench.store), &written).await;
        table.row(row(format!("{commits} commits"), cost));
    }
    let bench = Bench::start().await;
    let written = bench.write(LARGE_NOTES, long_note(LARGE_NOTE)).await;
    // A write unit is a kilobyte.
    let megabytes = bench.meter.take().write_units / 1024.0;
    assert!(megabytes > 5.0, "the large stream has only {megabytes} MB");
    let cost = bench.load(&of_another_state_version(&bench.store), &written).await;
    table.row(row(format!("{megabytes:.1} MB, no usable snapshot"), cost));
    table
}

/// As after a deployment that changed the form of the state.
fn of_another_state_version(store: &DynamoEventStore) -> Aggregates<Account> {
    aggregates(store).snapshotting(Snapshots::of_state_version(2))
}

struct Bench {
    /// Only its being alive matters.
    _engine: Engine,
    store: DynamoEventStore,
    meter: Meter,
}

impl Bench {
    async fn start() -> Self {
        let engine = Engine::start().await;
        let meter = Meter::default();
        let store = store(engine.metered_client(&meter)).await;
        Self { _engine: engine, store, meter }
    }

    /// Opens an account and updates it so many times; the state at the end.
    async fn write(&self, updates: usize, update: Command) -> Account {
        let accounts = aggregates(&self.store).caching(NonZeroUsize::MIN);
        let mut state = Account::default();
        for number in 0..=updates {
            let command = if number == 0 { open() } else { update.clone() };
            let context = context(format!("command-{number}"), number == 0);
            let executed = accounts.execute(ID, command, &(), &context).await;
            state = executed.expect("the command is accepted").state;
        }
        state
    }

    async fn load(&self, accounts: &Aggregates<Account>, written: &Account) -> Cost {
        self.meter.take();
        let loaded = accounts.load("acme", ID).await.expect("the account can be loaded");
        assert_eq!(&loaded.state, written, "the state is not the one that was written");
        assert_eq!(loaded.cost, self.meter.take(), "the store reports another cost");
        loaded.cost
    }
}

fn row(stream: String, cost: Cost) -> Vec<String> {
    vec![stream, cost.round_trips.to_string(), cost.read_units.to_string(), "yes".to_owned()]
}
