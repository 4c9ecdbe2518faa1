//! What one command costs: round trips, write units and read units. These figures are exact.

use event_store::Cost;

use crate::{
    contenders::{Contender, Kind},
    engine::Engine,
    meter::Meter,
    options::Scale,
    table::Table,
};
use benches::account::{Command, notes, notes_that_do_not_fit, open, open_as};

pub(crate) async fn measure(scale: Scale) -> Table {
    let columns = columns(scale);
    let header = columns.iter().map(|column| column.name.clone());
    let mut table = Table::new(
        "Per command: round trips / write units / read units",
        std::iter::once("store".to_owned()).chain(header),
    );
    for kind in Kind::ALL {
        table.row(row(kind, &columns).await);
    }
    table
}

struct Column {
    name: String,
    situation: Situation,
}

#[derive(Clone, Copy)]
enum Situation {
    Create,
    CreateUnique,
    /// A command of so many events on a stream of one commit.
    Events(usize),
    /// A command of one event on a stream of so many commits, or of so many events for a store that
    /// does not know commits.
    Long(usize),
    VeryLong(usize),
}

fn columns(scale: Scale) -> Vec<Column> {
    let column = |name: String, situation| Column { name, situation };
    vec![
        column("create".into(), Situation::Create),
        column("create unique".into(), Situation::CreateUnique),
        column("update".into(), Situation::Events(1)),
        column("3 events".into(), Situation::Events(3)),
        column("30 events".into(), Situation::Events(30)),
        column(format!("update at {}", scale.long), Situation::Long(scale.long)),
        column(format!("update at {}", scale.very_long), Situation::VeryLong(scale.very_long)),
    ]
}

async fn row(kind: Kind, columns: &[Column]) -> Vec<String> {
    let engine = Engine::start().await;
    let meter = Meter::default();
    let bench = Bench { kind, store: kind.open(engine.metered_client(&meter)).await, meter };
    let mut cells = vec![kind.name()];
    for (number, column) in columns.iter().enumerate() {
        cells.push(bench.cell(&format!("account{number}"), column.situation).await);
    }
    cells
}

/// One store under the meter.
struct Bench {
    kind: Kind,
    store: Box<dyn Contender>,
    meter: Meter,
}

impl Bench {
    async fn cell(&self, id: &str, situation: Situation) -> String {
        match situation {
            Situation::Create => self.price(id, open()).await,
            Situation::CreateUnique if !self.kind.has_unique_values() => "–".to_owned(),
            Situation::CreateUnique => self.price(id, open_as("savings")).await,
            Situation::Events(events) => self.price_of_events(id, events).await,
            Situation::VeryLong(_) if !self.kind.takes_very_long_streams() => "–".to_owned(),
            Situation::Long(commits) | Situation::VeryLong(commits) => {
                self.open(id).await;
                self.store.lengthen(id, commits - 1).await;
                self.price(id, notes(1)).await
            }
        }
    }

    async fn price_of_events(&self, id: &str, events: usize) -> String {
        self.open(id).await;
        if self.keeps_half_of(id, events).await {
            return "not atomic".to_owned();
        }
        self.price(id, notes(events)).await
    }

    async fn open(&self, id: &str) {
        self.store.carry_out(id, open()).await.expect("an account can be opened");
    }

    /// Whether a command that fails at its last event leaves the others behind.
    async fn keeps_half_of(&self, id: &str, events: usize) -> bool {
        let before = self.store.recorded(id).await;
        let answer = self.store.carry_out(id, notes_that_do_not_fit(events)).await;
        assert!(answer.is_err(), "{}: an event over 400 KB was accepted", self.kind.name());
        self.store.recorded(id).await != before
    }

    async fn price(&self, id: &str, command: Command) -> String {
        self.meter.take();
        let answer = self.store.carry_out(id, command).await;
        let metered = self.meter.take();
        match answer {
            Ok(reported) => {
                self.check(reported, metered);
                figures(metered)
            }
            Err(reason) => refusal(&reason),
        }
    }

    /// What a store says of its own cost has to be what was seen from outside.
    fn check(&self, reported: Option<Cost>, metered: Cost) {
        if let Some(reported) = reported {
            assert_eq!(reported, metered, "{} reports another cost", self.kind.name());
        }
    }
}

fn figures(cost: Cost) -> String {
    format!("{}/{}/{}", cost.round_trips, cost.write_units, cost.read_units)
}

/// The store's own words, short enough for a cell.
fn refusal(reason: &str) -> String {
    if reason.contains("only up to 25 operations") {
        return "over 25 events".to_owned();
    }
    format!("refused: {}", reason.chars().take(40).collect::<String>())
}
