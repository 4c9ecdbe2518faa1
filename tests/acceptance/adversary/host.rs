//! Delivers a plan.

use std::{
    collections::BTreeMap,
    future::pending,
    sync::{Arc, Mutex},
};

use aws_lambda_events::{
    dynamodb::{Event, EventRecord},
    streams::DynamoDbEventResponse,
};
use aws_sdk_dynamodb::types::AttributeValue::S;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use event_store::DynamoEventStore;
use functions::projector::Projector;
use futures_util::{FutureExt as _, future::join_all};
use infra_aws::{clients, views::ViewStore};
use infra_local::{
    faults::{Tap, Witness},
    stack::{Clients, EVENTS_TABLE, VIEWS_TABLE},
};
use projections::Generations;
use serde_json::Value;
use tokio::sync::Notify;

use super::{
    history::History,
    plan::{Plan, Trouble, trouble},
};
use crate::chance::Chance;

/// So many invocations of a reader meet trouble.
const TROUBLES: usize = 10;

pub(super) struct Host<'a> {
    pub(super) history: &'a History,
    pub(super) plan: &'a Plan,
    pub(super) views: ViewStore,
    /// As the pointers stand.
    pub(super) generations: Arc<Mutex<BTreeMap<String, Generations>>>,
    /// Rows of live generations that were written ahead of the generation beside.
    pub(super) ahead: Arc<Mutex<Vec<String>>>,
    pub(super) cured: bool,
    /// The row that became unreadable.
    pub(super) spoilt: Option<(String, String)>,
}

/// One of those who read a shard, an instance of the function behind them.
pub(super) struct Reader {
    pub(super) tap: Tap,
    pub(super) projector: Projector,
    chance: Chance,
    troubles: usize,
}

impl<'a> Host<'a> {
    pub(super) async fn of(history: &'a History, plan: &'a Plan) -> Self {
        let app = &history.app;
        let dynamodb = app.backend.stack.clients.dynamodb.clone();
        let views = ViewStore::new(dynamodb, VIEWS_TABLE, app.clock.clock());
        let (generations, ahead, cured, spoilt) = (Arc::default(), Arc::default(), false, None);
        let host = Self { history, plan, views, generations, ahead, cured, spoilt };
        host.begin(&plan.beside[0]).await;
        host
    }

    /// Begins a generation beside the first.
    pub(super) async fn begin(&self, models: &[&str]) {
        for model in models {
            let begun = self.views.begin_generation(model, Generations::default()).await.unwrap();
            self.generations.lock().unwrap().insert((*model).into(), begun);
        }
    }

    pub(super) async fn deliver_first_half(&self) {
        let lanes = self.plan.lanes.iter();
        join_all(lanes.map(|lane| self.reader(lane.seed, TROUBLES).read(self.events(&lane.first)))).await;
    }

    pub(super) async fn deliver_the_rest(&self) {
        let lanes = self.plan.lanes.iter();
        join_all(lanes.map(|lane| self.reader(!lane.seed, TROUBLES).read(self.events(&lane.then)))).await;
    }

    /// Delivers a record once more, without any trouble.
    pub(super) async fn deliver_again(&self, record: EventRecord) {
        Box::pin(self.reader(0, 0).read(vec![record])).await;
    }

    fn events(&self, places: &[usize]) -> Vec<EventRecord> {
        let recorded = places.iter().map(|place| &self.history.records[*place]);
        let record = recorded.map(|recorded| {
            let is_this = |poison: &&super::plan::Poison| {
                poison.stream == recorded.stream && poison.commit == recorded.commit
            };
            match self.plan.poisons.iter().find(is_this).filter(|_| !self.cured) {
                Some(poison) => recorded.poisoned(poison.kind),
                None => recorded.record.clone(),
            }
        });
        record.collect()
    }

    pub(super) fn reader(&self, seed: u64, troubles: usize) -> Reader {
        let tap = Tap::around(clients::loopback_http_client()).watched_by(self.witness());
        let stack = &self.history.app.backend.stack;
        let clients = Clients::at(&stack.dynamodb_url, &stack.sqs_url, SharedHttpClient::new(tap.clone()));
        let clock = self.history.app.clock.clock();
        let events = DynamoEventStore::new(clients.dynamodb.clone(), EVENTS_TABLE);
        let views = ViewStore::new(clients.dynamodb, VIEWS_TABLE, clock.clone());
        Reader { tap, projector: Projector::new(events, views, clock), chance: Chance::of(seed), troubles }
    }

    /// Looks at every write of a live row: the generation beside must have come as far.
    fn witness(&self) -> Witness {
        let (generations, ahead) = (self.generations.clone(), self.ahead.clone());
        let client = self.history.app.backend.stack.clients.dynamodb.clone();
        Arc::new(move |operation, body| {
            let written =
                (operation == "PutItem").then(|| beside(body, &generations.lock().unwrap())).flatten();
            let Some((pk, sk, version)) = written else { return async {}.boxed() };
            let (client, ahead) = (client.clone(), ahead.clone());
            async move {
                let get = client.get_item().table_name(VIEWS_TABLE).consistent_read(true);
                let get = get.key("pk", S(pk.clone())).key("sk", S(sk.clone()));
                let item = get.send().await.unwrap().item.unwrap_or_default();
                let is_spoilt = item.get("d").is_some_and(|view| *view == S("?".into()));
                let reached: u64 = item.get("v").map_or(0, |v| v.as_n().unwrap().parse().unwrap());
                if reached < version && !is_spoilt {
                    ahead.lock().unwrap().push(format!("{pk}/{sk} is at {reached}, and live at {version}"));
                }
            }
            .boxed()
        })
    }
}

/// Of a request that writes a row of a live generation: the key of the row beside, and the version written.
fn beside(body: &[u8], generations: &BTreeMap<String, Generations>) -> Option<(String, String, u64)> {
    let item = &serde_json::from_slice::<Value>(body).ok()?["Item"];
    let (tenant, rows) = item["pk"]["S"].as_str()?.split_once('#')?;
    let (model, generation) = rows.split_once('@')?;
    let generations = generations.get(model)?;
    let beside = generations.beside.filter(|_| generations.live.to_string() == generation)?;
    let version = item["v"]["N"].as_str()?.parse().ok()?;
    Some((format!("{tenant}#{model}@{beside}"), item["sk"]["S"].as_str()?.into(), version))
}

impl Reader {
    /// Reads on until everything is handled. What is reported comes again from the lowest record that is, in ever
    /// smaller batches.
    async fn read(mut self, mut records: Vec<EventRecord>) {
        for (record, number) in records.iter_mut().zip(95..) {
            record.change.sequence_number = Some(number.to_string());
        }
        let (mut at, mut limit, mut rounds) = (0, 1 + self.chance.below(16), 0);
        while at < records.len() {
            let batch = &records[at..records.len().min(at + limit)];
            match self.deliver(batch, &records[at..]).await.map(|response| failed_at(&response, batch)) {
                Some(None) => (at, limit) = (at + batch.len(), 1 + self.chance.below(16)),
                Some(Some(place)) if place > 0 => at += place,
                Some(_) | None => limit = (limit / 2).max(1),
            }
            rounds += 1;
            assert!(rounds < 500, "record {at} is never handled");
        }
    }

    async fn deliver(
        &mut self,
        batch: &[EventRecord],
        to_come: &[EventRecord],
    ) -> Option<DynamoDbEventResponse> {
        let event = event(batch);
        let met = self.troubles > 0 && self.chance.one_in(3);
        self.troubles -= usize::from(met);
        let trouble = met.then(|| trouble(&mut self.chance));
        if self.chance.one_in(6) {
            // Whoever was believed to be dead was not.
            let twin = self.projector.clone();
            return tokio::join!(self.invoke(event.clone(), trouble, to_come), twin.handle(event)).0;
        }
        self.invoke(event, trouble, to_come).await
    }

    /// None when it is killed on its way.
    async fn invoke(
        &self,
        event: Event,
        trouble: Option<Trouble>,
        to_come: &[EventRecord],
    ) -> Option<DynamoDbEventResponse> {
        self.tap.reset();
        let killed = Arc::new(Notify::new());
        match trouble {
            Some(Trouble::Killed(at)) => {
                let killed = killed.clone();
                self.tap.before_request(at, move || {
                    async move {
                        killed.notify_one();
                        pending().await
                    }
                    .boxed()
                });
            }
            Some(Trouble::Overtaken(at)) => {
                let (faster, to_come) = (self.projector.clone(), self::event(to_come));
                self.tap
                    .before_request(at, move || async move { drop(faster.handle(to_come).await) }.boxed());
            }
            Some(Trouble::Fails(at, requests, fault)) => {
                (at..at + requests).for_each(|at| self.tap.inject(at, fault))
            }
            None => {}
        }
        tokio::select! {
            response = self.projector.handle(event) => Some(response),
            () = killed.notified() => None,
        }
    }
}

pub(super) fn event(records: &[EventRecord]) -> Event {
    let mut event = Event::default();
    event.records = records.to_vec();
    event
}

fn failed_at(response: &DynamoDbEventResponse, batch: &[EventRecord]) -> Option<usize> {
    let place = |id: &Option<String>| batch.iter().position(|record| record.change.sequence_number == *id);
    assert!(response.batch_item_failures.len() <= 1);
    response.batch_item_failures.first().map(|failure| place(&failure.item_identifier).unwrap())
}
