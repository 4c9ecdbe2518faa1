//! Slow writes, lost answers, clocks that differ, readers at any instant: nothing is skipped, and every stream's
//! commits come in order.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use acceptance::{App, Door, command};
use aws_lambda_events::dynamodb::{Event, EventRecord};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use chrono::TimeDelta;
use functions::{
    dispatcher::Dispatcher,
    feed::{FeedWriter, MARGIN},
    webhooks::FanOut,
};
use futures_util::FutureExt as _;
use infra_aws::{clients, clock::Clock, feed::FeedTable, queue::Queue, views::ViewStore};
use infra_local::{
    faults::{Fault, Tap},
    host::{Checkpoints, OnFailure, StreamMapping},
    stack::{Clients, FEED_TABLE, VIEWS_TABLE},
};

use super::{MOMENT, after, events};
use crate::chance::Chance;

/// Two clocks may differ by a second, so each by half of one from the time.
const HALF_SKEW: i64 = 499;

/// A commit: its stream and its number.
type Place = (String, u64);

/// A client that reads on and on.
struct Client {
    doors: Vec<Door>,
    cursor: Option<String>,
    seen: Vec<Place>,
    /// How often it found something.
    found: usize,
}

impl Client {
    /// Reads a page, at whichever instance it gets to.
    async fn poll(client: &Arc<Mutex<Self>>, instance: usize) -> bool {
        let (door, say) = {
            let client = client.lock().unwrap();
            let say = client.cursor.as_ref().map_or_else(events, |cursor| after(cursor));
            (client.doors[instance % client.doors.len()].clone(), say.with("limit", "7"))
        };
        let page = door.send(say).await.then(200);
        let mut client = client.lock().unwrap();
        let seen = page.body["items"].as_array().unwrap().iter();
        let text = |item: &serde_json::Value, name: &str| item[name].as_str().unwrap().to_owned();
        let seen: Vec<Place> = seen
            .map(|item| {
                (
                    format!("{}#{}", text(item, "aggregate"), text(item, "subject")),
                    item["commit"].as_u64().unwrap(),
                )
            })
            .collect();
        client.found += usize::from(!seen.is_empty());
        client.seen.extend(seen);
        client.cursor = Some(page.text("next"));
        page.body["more"] == true
    }
}

/// A shard of the stream, and the instance that gets its deliveries.
struct Shard {
    records: Vec<EventRecord>,
    delivered: usize,
    tap: Tap,
    dispatcher: Dispatcher,
}

impl Shard {
    fn of(app: &App, records: Vec<EventRecord>, offset: TimeDelta) -> Self {
        let tap = Tap::around(clients::loopback_http_client());
        let stack = &app.backend.stack;
        let clients = Clients::at(&stack.dynamodb_url, &stack.sqs_url, SharedHttpClient::new(tap.clone()));
        let (clock, steps) = (off_by(app, offset), Queue::new(clients.sqs, &stack.steps_queue_url));
        let feed = FeedWriter::on_one_clock(FeedTable::new(clients.dynamodb, FEED_TABLE), clock.clone());
        Self {
            records,
            delivered: 0,
            tap,
            dispatcher: Dispatcher::new(steps, feed, fan_out(app, clock.clone()), clock),
        }
    }

    fn is_done(&self) -> bool {
        self.delivered == self.records.len()
    }

    /// Delivers the next records; what failed comes again, with all that follows it.
    async fn deliver(&mut self, count: usize) {
        let end = self.records.len().min(self.delivered + count);
        let batch = &self.records[self.delivered..end];
        let mut event = Event::default();
        event.records = batch.to_vec();
        let response = self.dispatcher.handle(event).await;
        let failed = response.batch_item_failures.first().and_then(|failed| failed.item_identifier.clone());
        let place = |failed: String| {
            batch.iter().position(|record| record.change.sequence_number.as_deref() == Some(&failed)).unwrap()
        };
        self.delivered += failed.map_or(batch.len(), place);
    }
}

/// Of a tenant that has no webhooks.
fn fan_out(app: &App, clock: Clock) -> FanOut {
    let Clients { dynamodb, sqs, .. } = app.backend.stack.clients.clone();
    let queue = Queue::new(sqs, &app.backend.stack.deliveries_queue_url);
    FanOut::new(ViewStore::new(dynamodb, VIEWS_TABLE, clock.clone()), queue, clock)
}

fn off_by(app: &App, offset: TimeDelta) -> Clock {
    let clock = app.clock.clone();
    Clock::from_fn(move || clock.now() + offset)
}

/// What happened to some users, as the stream has it.
async fn records(app: &App) -> Vec<EventRecord> {
    for user in 0..5 {
        let id = app.accepted(&format!("user-{user}"), &[]).await;
        for name in ["deactivate", "reactivate", "deactivate", "reactivate"] {
            app.when(command(&id, name)).await.then(200);
        }
    }
    let kept: Arc<Mutex<Vec<EventRecord>>> = Arc::default();
    let into = kept.clone();
    let handler = Arc::new(move |event: Event| {
        into.lock().unwrap().extend(event.records);
        async { aws_lambda_events::streams::DynamoDbEventResponse::default() }.boxed()
    });
    let (streams, arn) = (app.backend.stack.clients.streams.clone(), app.backend.stack.stream_arn.clone());
    let checkpoints = Arc::new(Checkpoints::open(None).unwrap());
    let mut mapping = StreamMapping::new("dispatcher", streams, arn, handler, checkpoints, OnFailure::Forget);
    while mapping.deliver().await.unwrap() != infra_local::host::Delivery::Idle {}
    let records = kept.lock().unwrap().clone();
    assert!(records.len() >= 25, "{}", records.len());
    records
}

fn offset(chance: &mut Chance) -> TimeDelta {
    TimeDelta::milliseconds(chance.pick(&[-HALF_SKEW, -200, 0, 200, HALF_SKEW]))
}

/// Plans what the next write meets: how long it takes to arrive, who reads meanwhile, and what becomes of its answer.
fn trouble(chance: &mut Chance, app: &App, shard: &Shard, client: &Arc<Mutex<Client>>) {
    let takes = [0, 0, 3, 900, 1_990, 2_100, 4_500];
    let (clock, client) = (app.clock.clone(), client.clone());
    let (pieces, taken) = (chance.below(3) + 1, TimeDelta::milliseconds(chance.pick(&takes)));
    let instance = chance.below(3);
    shard.tap.reset();
    shard.tap.before_request("BatchWriteItem", move || {
        async move {
            for piece in 0..pieces {
                clock.advance(taken / i32::try_from(pieces).unwrap());
                Client::poll(&client, instance + piece).await;
            }
        }
        .boxed()
    });
    let fault = chance.pick(&[None, None, None, Some(Fault::Throttled), Some(Fault::ReplyLost)]);
    // As often as the SDK tries.
    for _ in 0..3 {
        if let Some(fault) = fault {
            shard.tap.inject("BatchWriteItem", fault);
        }
    }
}

/// Delivers all records, and has them read from the cursor on; answers where the reader is then.
async fn plan(seed: u64, app: &App, all: &[EventRecord], cursor: Option<String>) -> Option<String> {
    let mut chance = Chance::of(seed);
    let mut shards: [Vec<EventRecord>; 2] = Default::default();
    let places: BTreeSet<Place> = all.iter().map(place).collect();
    for record in all {
        let (stream, _) = place(record);
        shards[usize::from(stream.bytes().map(u32::from).sum::<u32>() % 2 == 0)].push(record.clone());
    }
    let mut shards = shards.map(|records| Shard::of(app, records, offset(&mut chance)));
    let doors = (0..3).map(|_| app.door_to(&app.deployed_at(off_by(app, offset(&mut chance))))).collect();
    let client = Arc::new(Mutex::new(Client { doors, cursor, seen: Vec::new(), found: 0 }));
    while !shards.iter().all(Shard::is_done) {
        app.clock.advance(TimeDelta::milliseconds(chance.pick(&[0, 1, 50, 700, 3_001])));
        let count = chance.below(4) + 1;
        let number = chance.below(2);
        trouble(&mut chance, app, &shards[number], &client);
        Box::pin(shards[number].deliver(count)).await;
        if chance.one_in(2) {
            Client::poll(&client, chance.below(3)).await;
        }
    }
    app.clock.advance(MARGIN + MOMENT + TimeDelta::milliseconds(2 * HALF_SKEW));
    while Client::poll(&client, chance.below(3)).await {}

    let client = client.lock().unwrap();
    let seen: BTreeSet<Place> = client.seen.iter().cloned().collect();
    let missed: Vec<&Place> = places.difference(&seen).collect();
    assert!(missed.is_empty(), "seed {seed}: {missed:?}");
    assert!(client.found > 2, "seed {seed}: it read while there was trouble");
    let mut newest: BTreeMap<&str, u64> = BTreeMap::new();
    for (stream, commit) in &client.seen {
        let newest = newest.entry(stream).or_default();
        assert!(*commit <= *newest + 1, "seed {seed}: {stream} is told of {commit} after {newest}");
        *newest = (*newest).max(*commit);
    }
    client.cursor.clone()
}

fn place(record: &EventRecord) -> Place {
    let item: std::collections::HashMap<String, aws_sdk_dynamodb::types::AttributeValue> =
        record.change.new_image.clone().into();
    let (key, number) = (item["pk"].as_s().unwrap(), item["sk"].as_n().unwrap());
    (key.split_once('#').unwrap().1.to_owned(), number.parse().unwrap())
}

#[tokio::test]
async fn whatever_writes_readers_and_clocks_do_nothing_is_skipped_and_streams_stay_in_order() {
    let app = App::empty().await;
    let (records, mut cursor) = (records(&app).await, None);
    for seed in 0..10 {
        // What was delivered comes again, so each plan has everything to tell.
        cursor = Box::pin(plan(seed, &app, &records, cursor)).await;
    }
}

/// Two instances, the later delivery at the one whose clock is behind.
#[tokio::test]
async fn a_writer_ends_when_its_stamp_is_past_for_clocks_that_are_a_little_behind() {
    let app = App::empty().await;
    let records = records(&app).await;
    let table = FeedTable::new(app.backend.stack.clients.dynamodb.clone(), FEED_TABLE);
    let steps = Queue::new(app.backend.stack.clients.sqs.clone(), &app.backend.stack.steps_queue_url);
    let behind = TimeDelta::milliseconds(40);
    for (number, record) in records.iter().take(5).enumerate() {
        let offset = if number % 2 == 0 { TimeDelta::zero() } else { -behind };
        let clock = Clock::from_fn(move || Clock::system().now() + offset);
        let feed = FeedWriter::new(table.clone(), clock.clone());
        let mut event = Event::default();
        event.records = vec![record.clone()];
        let webhooks = fan_out(&app, clock.clone());
        let response = Dispatcher::new(steps.clone(), feed, webhooks, clock).handle(event).await;
        assert!(response.batch_item_failures.is_empty());
    }
    // The keys of the feed are in the order of their stamps.
    let told: Vec<Place> = app.fed().await.iter().map(|key| of_key(key)).collect();
    assert_eq!(told, records.iter().take(5).map(place).collect::<Vec<_>>());
}

fn of_key(key: &str) -> Place {
    let mut parts = key.split('#').skip(1);
    let stream = format!("{}#{}", parts.next().unwrap(), parts.next().unwrap());
    (stream, parts.next().unwrap().split_once('-').unwrap().0.parse().unwrap())
}
