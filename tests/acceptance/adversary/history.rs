//! What happened, as the event store and its stream have it.

use std::collections::{BTreeMap, HashMap};

use acceptance::{App, command, patch, post, put};
use aws_lambda_events::dynamodb::EventRecord;
use aws_sdk_dynamodb::types::AttributeValue::{self, L, S};
use event_store::{Commit, StreamId};
use infra_local::{
    host::delivered_record,
    stack::{EVENTS_TABLE, VIEWS_TABLE},
};
use serde_json::json;

use super::plan::{Kind, Poison};
use crate::chance::Chance;

pub(super) type Item = HashMap<String, AttributeValue>;

pub(super) struct History {
    pub(super) app: App,
    /// Every commit as its stream has it.
    pub(super) records: Vec<Recorded>,
    pub(super) streams: BTreeMap<StreamId, Vec<Commit>>,
}

/// A record of the stream, and which commit it is.
#[derive(Clone, Debug)]
pub(super) struct Recorded {
    pub(super) stream: StreamId,
    pub(super) commit: u64,
    pub(super) record: EventRecord,
    item: Item,
}

impl History {
    /// Roles, settings and users of two tenants.
    pub(super) async fn happen(seed: u64) -> Self {
        let (app, chance) = (App::empty().await, &mut Chance::of(seed));
        for tenant in ["acme", "globex"] {
            for role in ["engineer", "oncall"] {
                app.when(post("/v1/roles", &json!({ "name": role })).of_tenant(tenant)).await.then(201);
            }
            app.when(put("/v1/settings", &json!({ "confirmationLifetimeHours": 5 })).of_tenant(tenant)).await;
            for user in 0..2 + chance.below(2) {
                live(&app, chance, tenant, user).await;
            }
        }
        let records = recorded(&app).await;
        let mut streams: BTreeMap<StreamId, Vec<Commit>> = BTreeMap::new();
        for recorded in &records {
            let commit = Commit::from_item(&recorded.item).unwrap();
            streams.entry(recorded.stream.clone()).or_default().push(commit);
        }
        assert!(streams.len() >= 10 && records.len() > 20, "{} of {}", records.len(), streams.len());
        Self { app, records, streams }
    }

    /// Nothing was ever projected.
    pub(super) async fn forget_views(&self) {
        for row in self.app.rows().await {
            let delete = self.app.backend.stack.clients.dynamodb.delete_item().table_name(VIEWS_TABLE);
            delete.key("pk", row["pk"].clone()).key("sk", row["sk"].clone()).send().await.unwrap();
        }
    }

    /// Makes commits unreadable in the table.
    pub(super) async fn poison(&self, poisons: &[Poison]) {
        for poison in poisons {
            let recorded = self.recorded(&poison.stream, poison.commit);
            self.put(poisoned(&recorded.item, poison.kind)).await;
        }
    }

    /// Makes them as they were.
    pub(super) async fn cure(&self, poisons: &[Poison]) {
        for poison in poisons {
            self.put(self.recorded(&poison.stream, poison.commit).item.clone()).await;
        }
    }

    pub(super) fn recorded(&self, stream: &StreamId, commit: u64) -> &Recorded {
        let mut of_stream = self.records.iter().filter(|recorded| recorded.stream == *stream);
        of_stream.find(|recorded| recorded.commit == commit).unwrap()
    }

    async fn put(&self, item: Item) {
        let put = self.app.backend.stack.clients.dynamodb.put_item().table_name(EVENTS_TABLE);
        put.set_item(Some(item)).send().await.unwrap();
    }
}

impl Recorded {
    /// As it would be delivered if the commit was poisoned.
    pub(super) fn poisoned(&self, kind: Kind) -> EventRecord {
        let mut record = self.record.clone();
        record.change.new_image = poisoned(&self.item, kind).into();
        record
    }
}

fn poisoned(item: &Item, kind: Kind) -> Item {
    let mut item = item.clone();
    match kind {
        Kind::UnknownEvent => {
            let types = item["t"].as_l().unwrap().iter().map(|_| S("user.exploded@7".into())).collect();
            item.insert("t".into(), L(types));
        }
        Kind::NoEvents => drop(item.remove("e")),
        Kind::NoJson => drop(item.insert("e".into(), S("[{".into()))),
    }
    item
}

async fn live(app: &App, chance: &mut Chance, tenant: &str, user: usize) {
    let body = json!({ "userName": format!("user{user}"), "displayName": "U", "roles": ["engineer"],
                       "email": format!("user{user}@example.com") });
    let created = app.when(post("/v1/users", &body).key(&format!("u{user}")).of_tenant(tenant)).await;
    let id = created.then(202).text("id");
    for number in 0..chance.pick(&[1, 3, 6, 12]) {
        let path = format!("/v1/users/{id}");
        let say = match chance.below(6) {
            0 => command(&id, "deactivate"),
            1 => command(&id, "reactivate"),
            2 => put(format!("{path}/roles/oncall"), &json!({})),
            3 => {
                app.backend.dispatch().await.unwrap();
                app.backend.work(10).await.unwrap();
                continue;
            }
            _ => patch(path, &json!({ "displayName": format!("U {number}") })),
        };
        let status = app.when(say.of_tenant(tenant)).await.status;
        assert!(status < 500, "{status}");
    }
}

async fn recorded(app: &App) -> Vec<Recorded> {
    let (streams, arn) = (&app.backend.stack.clients.streams, &app.backend.stack.stream_arn);
    let described = streams.describe_stream().stream_arn(arn).send().await.unwrap();
    let shard = described.stream_description.unwrap().shards.unwrap().remove(0).shard_id.unwrap();
    let iterator = streams.get_shard_iterator().stream_arn(arn).shard_id(shard);
    let iterator = iterator.shard_iterator_type("TRIM_HORIZON".into()).send().await.unwrap();
    let (mut iterator, mut all) = (iterator.shard_iterator, Vec::new());
    loop {
        let read = streams.get_records().set_shard_iterator(iterator.take()).send().await.unwrap();
        let records = read.records.unwrap_or_default();
        if records.is_empty() {
            return all;
        }
        all.extend(records.iter().filter_map(|record| as_recorded(delivered_record(arn, record))));
        iterator = read.next_shard_iterator;
    }
}

fn as_recorded(record: EventRecord) -> Option<Recorded> {
    let item: Item = record.change.new_image.clone().into();
    let is_new_commit = record.event_name == "INSERT" && Commit::is_commit(&item);
    is_new_commit.then(|| {
        let commit = Commit::from_item(&item).unwrap();
        Recorded { stream: commit.stream, commit: commit.number, record, item }
    })
}
