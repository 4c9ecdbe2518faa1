//! The projector under every delivery that a stream may make.

use std::collections::HashMap;

use acceptance::{App, get, post};
use aws_lambda_events::{
    dynamodb::{Event, EventRecord},
    streams::DynamoDbEventResponse,
};
use aws_sdk_dynamodb::types::AttributeValue;
use infra_local::faults::{At, Fault};
use serde_json::json;

type Item = HashMap<String, AttributeValue>;

/// The items as a stream delivers them, numbered 1001, 1002 …
fn delivery(items: &[Item]) -> Event {
    let mut event = Event::default();
    event.records = items.iter().zip(1001..).map(|(item, number)| record(item, number)).collect();
    event
}

fn record(item: &Item, number: u32) -> EventRecord {
    let mut record = EventRecord::default();
    record.event_name = "INSERT".into();
    record.change.sequence_number = Some(number.to_string());
    record.change.new_image = item.clone().into();
    record
}

/// Alice, provisioned and deactivated and back again, and the commits of that. No row knows her.
async fn history() -> (App, String, Vec<Item>) {
    let app = App::start().await;
    let id = app.alice().await;
    app.settle().await;
    for command in ["deactivate", "reactivate"] {
        app.when(post(format!("/v1/users/{id}/{command}"), &json!({}))).await.then(200);
    }
    app.settle().await;
    let mut commits: Vec<Item> =
        app.stored().await.into_iter().filter(|item| item["pk"].as_s().unwrap().ends_with(&id)).collect();
    commits.sort_by_key(|item| item["sk"].as_n().unwrap().parse::<u64>().unwrap());
    assert!(commits.len() >= 8);
    app.forget_rows_of(&id).await;
    (app, id, commits)
}

async fn deliver(app: &App, items: &[Item]) -> Vec<String> {
    failures(&app.backend.functions.projector.handle(delivery(items)).await)
}

fn failures(response: &DynamoDbEventResponse) -> Vec<String> {
    response.batch_item_failures.iter().map(|failure| failure.item_identifier.clone().unwrap()).collect()
}

/// Both read models have written their row up to the last commit, and the answers from the rows are those
/// of a fresh fold.
async fn then_rows_are_true(app: &App, id: &str, commits: usize) {
    assert_eq!(versions(app, id).await, [commits, commits]);
    let user = app.when(get(format!("/v1/users/{id}"))).await.then(200).body;
    let provisioning = app.provisioning(id).await;
    assert_eq!((&user["version"], &provisioning["version"]), (&json!(commits), &json!(commits)));
    app.forget_rows_of(id).await;
    assert_eq!(app.when(get(format!("/v1/users/{id}"))).await.then(200).body, user);
    assert_eq!(app.provisioning(id).await, provisioning);
}

/// The versions of a user's rows.
async fn versions(app: &App, id: &str) -> Vec<usize> {
    let rows = app.rows().await.into_iter().filter(|row| row["sk"].as_s().unwrap() == id);
    rows.map(|row| row["v"].as_n().unwrap().parse().unwrap()).collect()
}

#[tokio::test]
async fn commits_in_order_one_by_one() {
    let (app, id, commits) = history().await;
    for commit in &commits {
        assert!(deliver(&app, std::slice::from_ref(commit)).await.is_empty());
    }
    then_rows_are_true(&app, &id, commits.len()).await;
}

#[tokio::test]
async fn commits_backwards_and_every_one_twice() {
    let (app, id, commits) = history().await;
    for commit in commits.iter().rev().flat_map(|commit| [commit, commit]) {
        assert!(deliver(&app, std::slice::from_ref(commit)).await.is_empty());
    }
    then_rows_are_true(&app, &id, commits.len()).await;
}

#[tokio::test]
async fn a_batch_in_disorder_with_duplicates_and_holes() {
    let (app, id, commits) = history().await;
    let picked: Vec<Item> = [6, 2, 0, 2, 5].map(|place: usize| commits[place].clone()).into();
    assert!(deliver(&app, &picked).await.is_empty());
    assert!(deliver(&app, &commits[3..]).await.is_empty());
    then_rows_are_true(&app, &id, commits.len()).await;
}

#[tokio::test]
async fn only_the_last_commit_arrives() {
    let (app, id, commits) = history().await;
    assert!(deliver(&app, &commits[commits.len() - 1..]).await.is_empty());
    then_rows_are_true(&app, &id, commits.len()).await;
}

#[tokio::test]
async fn two_deliveries_at_once() {
    let (app, id, commits) = history().await;
    let (front, back) = commits.split_at(4);
    let (a, b) = tokio::join!(deliver(&app, front), deliver(&app, back));
    assert!(a.is_empty() && b.is_empty());
    then_rows_are_true(&app, &id, commits.len()).await;
}

#[tokio::test]
async fn a_write_that_fails_is_reported_by_its_lowest_record_and_made_good() {
    for fault in [Fault::ReplyLost, Fault::TimeoutBefore, Fault::ServerError, Fault::Throttled] {
        let (app, id, commits) = history().await;
        app.tap.reset();
        // As often as the SDK tries.
        for _ in 0..3 {
            app.tap.inject(At::Next("PutItem".into()), fault);
        }
        assert_eq!(deliver(&app, &commits).await, ["1001"], "{fault:?}");
        assert_eq!(app.tap.unmet(), 0);
        assert!(deliver(&app, &commits).await.is_empty());
        then_rows_are_true(&app, &id, commits.len()).await;
    }
}

#[tokio::test]
async fn one_failure_holds_up_nobody_else() {
    let (app, id, commits) = history().await;
    let body = json!({ "userName": "bob", "displayName": "Bob", "email": "bob@example.com" });
    let bob = app.when(post("/v1/users", &body).key("bob")).await.then(202).text("id");
    let stored = app.stored().await;
    let bobs = stored.iter().find(|item| item["pk"].as_s().unwrap().ends_with(&bob)).unwrap().clone();
    // Aggregates are written in the order of their ids.
    let (failing, fine) = if bob < id { (&bob, &id) } else { (&id, &bob) };
    app.tap.reset();
    for _ in 0..3 {
        app.tap.inject(At::Next("PutItem".into()), Fault::ServerError);
    }
    let failed = deliver(&app, &[bobs, commits[0].clone()]).await;
    assert_eq!(failed, [if *failing == bob { "1001" } else { "1002" }]);
    assert_eq!(versions(&app, failing).await.len(), 1, "the other read model went on");
    assert_eq!(versions(&app, fine).await.len(), 2, "the other user went on");
}

#[tokio::test]
async fn a_row_that_cannot_be_read_parks_its_aggregate_for_that_read_model() {
    let (app, id, commits) = history().await;
    assert!(deliver(&app, &commits[..1]).await.is_empty());
    app.spoil_row_of(&id, "user_directory").await;
    assert!(deliver(&app, &commits[1..]).await.is_empty(), "the shard moves on");
    let versions = versions(&app, &id).await;
    assert!(versions.contains(&1) && versions.contains(&commits.len()), "{versions:?}");
    let parked = app.rows().await.iter().any(|row| row["pk"].as_s().unwrap() == "!parked#user_directory@1");
    assert!(parked);
    app.when(get(format!("/v1/users/{id}"))).await.then_problem(500, "internal");
}

#[tokio::test]
async fn a_tenant_may_be_called_parked() {
    let (app, id, commits) = history().await;
    assert!(deliver(&app, &commits[..1]).await.is_empty());
    app.spoil_row_of(&id, "user_directory").await;
    assert!(deliver(&app, &commits[1..]).await.is_empty());
    let listed = app.when(get("/v1/users").of_tenant("parked")).await.then(200);
    assert_eq!(listed.body, json!({ "items": [], "next": null }));
}

#[tokio::test]
async fn a_commit_that_cannot_be_read_parks_its_aggregate_and_nobody_else() {
    let (app, id, commits) = history().await;
    let mut unreadable = commits[0].clone();
    unreadable.insert("pk".into(), AttributeValue::S("acme#user#broken".into()));
    unreadable.insert("e".into(), AttributeValue::S("[{\"user.renamed\":{}},{}]".into()));
    let mut nothing_left = commits[0].clone();
    nothing_left.remove("e");
    nothing_left.insert("pk".into(), AttributeValue::S("acme#user#empty".into()));
    let batch: Vec<Item> = [unreadable, nothing_left].into_iter().chain(commits.clone()).collect();
    assert!(deliver(&app, &batch).await.is_empty(), "the shard moves on");

    let parked: Vec<(String, String)> = app
        .rows()
        .await
        .iter()
        .map(|row| (row["pk"].as_s().unwrap().clone(), row["sk"].as_s().unwrap().clone()))
        .filter(|(pk, _)| pk.starts_with("!parked#"))
        .collect();
    let broken = |model: &str, stream: &str| (format!("!parked#{model}@1"), stream.to_owned());
    assert!(parked.contains(&broken("user_directory", "acme#user#broken")), "{parked:?}");
    assert!(parked.contains(&broken("provisioning_status", "acme#user#broken")));
    assert!(parked.contains(&broken("*", "acme#user#empty")));
    assert_eq!(parked.len(), 3);
    then_rows_are_true(&app, &id, commits.len()).await;
}

#[tokio::test]
async fn claims_and_changes_of_items_are_not_commits() {
    let (app, id, commits) = history().await;
    let claims: Vec<Item> =
        app.stored().await.into_iter().filter(|item| item["k"].as_s().unwrap() == "q").collect();
    assert_eq!(claims.len(), 2);
    assert!(deliver(&app, &claims).await.is_empty());
    let mut touched = delivery(&commits);
    touched.records.iter_mut().for_each(|record| record.event_name = "MODIFY".into());
    assert!(failures(&app.backend.functions.projector.handle(touched).await).is_empty());
    let rows = app.rows().await.into_iter().filter(|row| row["sk"].as_s().unwrap() == &id).count();
    assert_eq!(rows, 0);
}
