//! The projector under every delivery that a stream may make.

use std::collections::HashMap;

use acceptance::{App, get, patch, post};
use aws_lambda_events::{
    dynamodb::{Event, EventRecord},
    streams::DynamoDbEventResponse,
};
use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::FutureExt as _;
use infra_local::faults::{At, Fault};
use serde_json::json;

pub(crate) type Item = HashMap<String, AttributeValue>;

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
pub(crate) async fn history() -> (App, String, Vec<Item>) {
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

pub(crate) async fn deliver(app: &App, items: &[Item]) -> Vec<String> {
    failures(&app.backend.functions.projector.handle(delivery(items)).await)
}

fn failures(response: &DynamoDbEventResponse) -> Vec<String> {
    response.batch_item_failures.iter().map(|failure| failure.item_identifier.clone().unwrap()).collect()
}

/// The three read models of users have written their row up to the last commit, and the answers from the rows are those
/// of a fresh fold.
pub(crate) async fn then_rows_are_true(app: &App, id: &str, commits: usize) {
    assert_eq!(versions(app, id).await, [commits; 3]);
    let user = app.when(get(format!("/v1/users/{id}"))).await.then(200).body;
    let provisioning = app.provisioning(id).await;
    assert_eq!((&user["version"], &provisioning["version"]), (&json!(commits), &json!(commits)));
    app.forget_rows_of(id).await;
    assert_eq!(app.when(get(format!("/v1/users/{id}"))).await.then(200).body, user);
    assert_eq!(app.provisioning(id).await, provisioning);
}

/// The versions of a user's rows.
pub(crate) async fn versions(app: &App, id: &str) -> Vec<usize> {
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
async fn a_slow_delivery_writes_nothing_over_what_a_faster_one_wrote() {
    let (app, id, commits) = history().await;
    app.tap.reset();
    let (faster, all) = (app.backend.functions.projector.clone(), delivery(&commits));
    app.tap.before_request("PutItem", move || async move { drop(faster.handle(all).await) }.boxed());
    assert!(deliver(&app, &commits[..2]).await.is_empty());
    assert_eq!(app.tap.unmet(), 0);
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
    assert_eq!(versions(&app, failing).await.len(), 2, "the other read models went on");
    assert_eq!(versions(&app, fine).await.len(), 3, "the other user went on");
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

#[tokio::test]
async fn a_batch_writes_each_row_once_and_reads_it_once() {
    let app = App::start().await;
    let mut names = Vec::new();
    for number in 0..7 {
        let id = app.accepted(&format!("user{number}"), &[]).await;
        for turn in 0..14 {
            let name = json!({ "displayName": format!("Turn {turn}") });
            app.when(patch(format!("/v1/users/{id}"), &name)).await.then(200);
        }
        names.push(id);
    }
    let mut commits = app.stored().await;
    commits
        .retain(|item| names.iter().any(|id| item["pk"].as_s().unwrap().ends_with(&format!("#user#{id}"))));
    commits.sort_by_key(|item| item["sk"].as_n().unwrap().parse::<u64>().unwrap());
    commits.truncate(100);
    app.tap.reset();
    assert!(deliver(&app, &commits).await.is_empty());
    let log = app.tap.log();
    let sent = |name: &str| log.iter().filter(|operation| *operation == name).count();
    let of_users = crate::adversary::read_models_of("user");
    // A row that is counted is written with its count.
    let written = sent("PutItem") + sent("TransactWriteItems");
    assert_eq!((commits.len(), written, sent("GetItem")), (100, 7 * of_users, 7 * of_users));
    // The pointers of all read models.
    assert_eq!((sent("Query"), log.len()), (1, 14 * of_users + 1));
}
