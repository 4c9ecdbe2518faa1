//! The counts of a tenant's users, against a recount.

use std::collections::{BTreeMap, HashMap};

use acceptance::{App, command, delete, get};
use aws_lambda_events::dynamodb::{Event, EventRecord};
use aws_sdk_dynamodb::types::AttributeValue;
use infra_local::{
    faults::{At, Fault},
    stack::VIEWS_TABLE,
};
use serde_json::{Value, json};

use crate::chance::Chance;

type Item = HashMap<String, AttributeValue>;

const STATUSES: [&str; 6] =
    ["active", "expired", "inactive", "pending_confirmation", "provisioning", "provisioning_failed"];

async fn summary(app: &App) -> Value {
    app.meanwhile(get("/v1/summary")).await.then(200).body
}

/// The summary that follows from the users themselves.
async fn recount(app: &App) -> Value {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for query in ["", "&status=deleted"] {
        let said = app.meanwhile(get(format!("/v1/users?limit=200{query}"))).await.then(200).body;
        for user in said["items"].as_array().unwrap() {
            *counts.entry(user["status"].as_str().unwrap().into()).or_default() += 1;
        }
    }
    let deleted = counts.remove("deleted").unwrap_or_default();
    let total: u64 = counts.values().sum();
    let by_status: BTreeMap<&str, u64> = STATUSES
        .into_iter()
        .map(|status| (status, counts.get(status).copied().unwrap_or_default()))
        .collect();
    json!({ "total": total, "byStatus": by_status, "deleted": deleted })
}

#[tokio::test]
async fn a_tenant_without_users_has_none_of_any_status() {
    let app = App::start().await;
    let zeros: BTreeMap<&str, u64> = STATUSES.into_iter().map(|status| (status, 0)).collect();
    assert_eq!(summary(&app).await, json!({ "total": 0, "byStatus": zeros, "deleted": 0 }));
}

#[tokio::test]
async fn users_are_counted_by_status_and_the_deleted_apart() {
    let app = App::start().await;
    app.active("amy", &["engineer"]).await;
    let ids = [app.provisioned("ben", &[]).await, app.provisioned("cleo", &[]).await];
    app.accepted("dan", &["oncall"]).await;
    app.backend.project().await.unwrap();
    app.command(&ids[0], "deactivate").await.then(200);
    app.when(delete(format!("/v1/users/{}", ids[1]))).await.then(204);
    while app.backend.project().await.unwrap() != infra_local::host::Delivery::Idle {}
    let said = summary(&app).await;
    assert_eq!((&said["total"], &said["deleted"]), (&json!(3), &json!(1)));
    assert_eq!(said["byStatus"]["active"], 1);
    assert_eq!(said["byStatus"]["inactive"], 1);
    assert_eq!(said["byStatus"]["provisioning"], 1);
    assert_eq!(said, recount(&app).await);
    let elsewhere = app.when(get("/v1/summary").of_tenant("globex")).await.then(200).body;
    assert_eq!((&elsewhere["total"], &elsewhere["deleted"]), (&json!(0), &json!(0)));
    app.when(get("/v1/summary?status=active")).await.then_problem(400, "invalid-parameter");
}

#[tokio::test]
async fn a_summary_is_one_read() {
    let app = App::start().await;
    app.provisioned("amy", &[]).await;
    app.when(get("/v1/summary")).await.then(200);
    app.tap.reset();
    app.when(get("/v1/summary")).await.then(200);
    assert_eq!(app.tap.log(), ["Query"]);
}

/// Five users with a past, and the commits of all of them.
async fn company() -> (App, Vec<Item>) {
    let app = App::start().await;
    let mut ids = Vec::new();
    for name in ["amy", "ben", "cleo", "dan", "eve"] {
        ids.push(app.provisioned(name, &["engineer"]).await);
    }
    for name in ["deactivate", "reactivate"] {
        app.command(&ids[0], name).await.then(200);
        app.settle().await;
    }
    app.command(&ids[1], "deactivate").await.then(200);
    app.when(delete(format!("/v1/users/{}", ids[2]))).await.then(204);
    app.when(delete(format!("/v1/users/{}", ids[3]))).await.then(204);
    app.when(command(&ids[3], "restore")).await.then(200);
    app.settle().await;
    let is_of_a_user = |item: &Item| item["pk"].as_s().unwrap().starts_with("acme#user#");
    let commits = app.stored().await.into_iter().filter(is_of_a_user).collect();
    (app, commits)
}

async fn forget(app: &App) {
    for row in app.rows().await {
        if row["pk"].as_s().unwrap().starts_with("acme#tenant_summary@") {
            let delete = app.backend.stack.clients.dynamodb.delete_item().table_name(VIEWS_TABLE);
            delete.key("pk", row["pk"].clone()).key("sk", row["sk"].clone()).send().await.unwrap();
        }
    }
}

async fn deliver(app: &App, items: &[Item]) -> bool {
    let mut event = Event::default();
    event.records = items.iter().zip(1001..).map(|(item, number)| record(item, number)).collect();
    app.backend.functions.projector.handle(event).await.batch_item_failures.is_empty()
}

fn record(item: &Item, number: u32) -> EventRecord {
    let mut record = EventRecord::default();
    record.event_name = "INSERT".into();
    record.change.sequence_number = Some(number.to_string());
    record.change.new_image = item.clone().into();
    record
}

#[tokio::test]
async fn counts_are_right_after_any_delivery_twice_late_and_with_answers_lost() {
    let (app, commits) = company().await;
    let truth = recount(&app).await;
    assert_eq!(summary(&app).await, truth);
    for seed in 0..6 {
        let mut chance = Chance::of(seed);
        forget(&app).await;
        assert_eq!(summary(&app).await["total"], 0);
        // Each commit up to three times, in any order, in batches of any size.
        let mut left: Vec<Item> =
            commits.iter().flat_map(|commit| vec![commit.clone(); 1 + chance.below(3)]).collect();
        chance.shuffle(&mut left);
        while !left.is_empty() {
            let batch: Vec<Item> = left.drain(..(1 + chance.below(9)).min(left.len())).collect();
            app.tap.reset();
            let fault =
                chance.pick(&[Fault::ReplyLost, Fault::TimeoutBefore, Fault::ServerError, Fault::Throttled]);
            let operation = chance.pick(&["TransactWriteItems", "PutItem", "GetItem", "Query"]);
            for _ in 0..chance.below(5) {
                app.tap.inject(At::Next(operation.into()), fault);
            }
            let halves = batch.split_at(batch.len() / 2);
            let (a, b) = tokio::join!(deliver(&app, halves.0), deliver(&app, halves.1));
            app.tap.reset();
            if !(a && b) {
                // It comes again, or the function died after any of its writes: somewhen later.
                left.extend(batch);
            }
        }
        assert_eq!(summary(&app).await, truth, "seed {seed}");
    }
}

#[tokio::test]
async fn a_lost_answer_of_the_last_try_counts_once() {
    let (app, commits) = company().await;
    let truth = recount(&app).await;
    forget(&app).await;
    app.tap.reset();
    for _ in 0..3 {
        app.tap.inject(At::Next("TransactWriteItems".into()), Fault::ReplyLost);
    }
    assert!(!deliver(&app, &commits).await);
    assert_eq!(app.tap.unmet(), 0);
    assert!(deliver(&app, &commits).await);
    assert_eq!(summary(&app).await, truth);
}
