//! Commands per second and their latency, each store beside the floor that it stands on.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::task::JoinSet;

use crate::{
    contenders::{Contender, Kind},
    engine::Engine,
    options::Scale,
    statistics::{median, percentile, spread},
    table::Table,
};
use benches::account::{notes, open};

const WRITERS: usize = 16;

/// Each aggregate is created, and then updated so many times.
const UPDATES: usize = 10;

/// What one store did in all rounds.
#[derive(Default)]
struct Record {
    rates: Vec<f64>,
    latencies: Vec<Duration>,
}

/// A machine that does other things, too, is faster in one second than in the next. So the stores take
/// turns in short rounds, each round in another order, and are compared within a round.
pub(crate) async fn measure(scale: Scale) -> Table {
    let mut records: [Record; Kind::ALL.len()] = Default::default();
    for round in 0..scale.rounds {
        for turn in 0..Kind::ALL.len() {
            let index = (round + turn) % Kind::ALL.len();
            let (rate, latencies) = slice(Kind::ALL[index], scale.slice).await;
            records[index].rates.push(rate);
            records[index].latencies.extend(latencies);
        }
    }
    table(scale, &mut records)
}

/// One store on a fresh engine: its commands per second, and how long each took.
async fn slice(kind: Kind, length: Duration) -> (f64, Vec<Duration>) {
    let engine = Engine::start().await;
    let store: Arc<dyn Contender> = kind.open(engine.client()).await.into();
    // The first commands pay for connections, which is not what is measured.
    write(&store, "warm-up", Duration::ZERO).await;
    let start = Instant::now();
    let latencies = write(&store, "measured", length).await;
    let rate = latencies.len() as f64 / start.elapsed().as_secs_f64();
    (rate, latencies)
}

/// All writers at once, each for so long; at least one aggregate each.
async fn write(store: &Arc<dyn Contender>, prefix: &'static str, length: Duration) -> Vec<Duration> {
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        writers.spawn(write_alone(store.clone(), format!("{prefix}{writer}"), length));
    }
    writers.join_all().await.concat()
}

async fn write_alone(store: Arc<dyn Contender>, prefix: String, length: Duration) -> Vec<Duration> {
    let start = Instant::now();
    let mut latencies = Vec::new();
    for number in 0.. {
        let id = format!("{prefix}n{number}");
        for step in 0..=UPDATES {
            let command = if step == 0 { open() } else { notes(1) };
            let sent = Instant::now();
            store.carry_out(&id, command).await.expect("a command of the mix is accepted");
            latencies.push(sent.elapsed());
        }
        if start.elapsed() >= length {
            break;
        }
    }
    latencies
}

fn table(scale: Scale, records: &mut [Record]) -> Table {
    let mut table = Table::new(
        format!(
            "Throughput: {WRITERS} writers, one create and {UPDATES} updates per aggregate, {} rounds of {} ms",
            scale.rounds,
            scale.slice.as_millis()
        ),
        ["store", "commands/s", "p50 ms", "p99 ms", "of its floor", "min–max", "with its items"],
    );
    for (index, kind) in Kind::ALL.into_iter().enumerate() {
        let beside = |floor: Kind| {
            let floor = Kind::ALL.iter().position(|other| *other == floor).expect("every floor is measured");
            ratios(&records[index].rates, &records[floor].rates)
        };
        let (bare, alike) = (beside(kind.floor()), kind.floor_with_its_items().map(beside));
        table.row(row(kind, &mut records[index], bare, alike));
    }
    table
}

fn ratios(rates: &[f64], floor: &[f64]) -> Vec<f64> {
    rates.iter().zip(floor).map(|(rate, floor)| rate / floor).collect()
}

fn row(kind: Kind, record: &mut Record, bare: Vec<f64>, alike: Option<Vec<f64>>) -> Vec<String> {
    let milliseconds = |latency: Duration| format!("{:.2}", latency.as_secs_f64() * 1_000.0);
    let percent = |ratios: Vec<f64>| format!("{:.0} %", median(ratios) * 100.0);
    let (least, most) = spread(&bare);
    vec![
        kind.name(),
        format!("{:.0}", median(record.rates.clone())),
        milliseconds(percentile(&mut record.latencies, 50)),
        milliseconds(percentile(&mut record.latencies, 99)),
        percent(bare),
        format!("{:.0}–{:.0} %", least * 100.0, most * 100.0),
        alike.map_or_else(|| "–".to_owned(), percent),
    ]
}
