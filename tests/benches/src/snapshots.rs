//! Which snapshot interval is the cheapest: a short one writes more, a long one reads more.

use std::{collections::HashMap, num::NonZeroU32};

use aws_sdk_dynamodb::Client;
use event_store::{Aggregates, Cost, DynamoEventStore, Snapshots};

use crate::{
    contenders::{self, TABLE},
    engine::Engine,
    item_size::item_size,
    member::{Grant, Member},
    meter::Meter,
    options::Scale,
    table::Table,
};
use benches::account::context;

const INTERVALS: [u32; 5] = [4, 8, 16, 32, 64];

/// US dollars per million request units on demand, us-east-1, standard table class, as of November
/// 2024: <https://aws.amazon.com/dynamodb/pricing/on-demand/>.
const PER_MILLION_WRITES: f64 = 0.625;
const PER_MILLION_READS: f64 = 0.125;

/// Of a hundred updates, so many find the aggregate cold.
const COLD: [f64; 3] = [100.0, 50.0, 10.0];

const ID: &str = "member1";

pub(crate) async fn measure(scale: Scale) -> Table {
    let mut results = Vec::new();
    for interval in INTERVALS {
        results.push((interval, update_a_stream(interval, scale.updates).await));
    }
    let sizes = results[0].1.sizes();
    let mut table = Table::new(
        format!("Snapshot every K commits: {} cold updates of a member ({sizes})", scale.updates),
        ["K", "write units", "read units", "$/million, all cold", "half cold", "a tenth cold"],
    );
    for (interval, updated) in results {
        table.row(row(interval, updated.per_update));
    }
    table
}

struct Updated {
    /// The mean.
    per_update: (f64, f64),
    state: usize,
    commit: usize,
}

impl Updated {
    fn sizes(&self) -> String {
        format!("state {} bytes of JSON, commit {} bytes without a snapshot", self.state, self.commit)
    }
}

async fn update_a_stream(interval: u32, updates: usize) -> Updated {
    let engine = Engine::start().await;
    let meter = Meter::default();
    let store = contenders::store(engine.metered_client(&meter)).await;
    meter.take();
    let mut reported = Cost::default();
    for number in 0..updates {
        reported += update(&members(&store, interval), number).await;
    }
    let total = meter.take();
    assert_eq!(reported, total, "the store reports another cost");
    let per_update = (total.write_units / updates as f64, total.read_units / updates as f64);
    Updated {
        per_update,
        state: state_size(&store, interval).await,
        commit: commit_size(&engine.client()).await,
    }
}

async fn update(members: &Aggregates<Member>, number: usize) -> Cost {
    let context = context(format!("grant-{number}"), number == 0);
    let executed = members.execute(ID, Grant(number), &(), &context).await;
    executed.expect("a role can be granted").cost
}

fn members(store: &DynamoEventStore, interval: u32) -> Aggregates<Member> {
    let interval = NonZeroU32::new(interval).expect("an interval is not zero");
    store.aggregates().snapshotting(Snapshots::of_state_version(1).every(interval))
}

async fn state_size(store: &DynamoEventStore, interval: u32) -> usize {
    let loaded = members(store, interval).load("acme", ID).await.expect("a member can be loaded");
    serde_json::to_string(&loaded.state).expect("a state has a JSON form").len()
}

/// The mean of the commits of the first page, as items without their snapshots.
async fn commit_size(client: &Client) -> usize {
    let page = client.scan().table_name(TABLE).send().await.expect("the table can be read");
    let without_snapshot = |mut item: HashMap<_, _>| {
        item.remove("z");
        item_size(&item)
    };
    let sizes: Vec<_> = page.items.unwrap_or_default().into_iter().map(without_snapshot).collect();
    sizes.iter().sum::<usize>() / sizes.len()
}

fn row(interval: u32, (write_units, read_units): (f64, f64)) -> Vec<String> {
    let price = |cold| write_units * PER_MILLION_WRITES + cold / 100.0 * read_units * PER_MILLION_READS;
    let measured = [interval.to_string(), format!("{write_units:.3}"), format!("{read_units:.3}")];
    let prices = COLD.into_iter().map(|cold| format!("{:.3}", price(cold)));
    measured.into_iter().chain(prices).collect()
}
