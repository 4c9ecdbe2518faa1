//! Replays: a read model is built anew beside the one that is live, and takes its place.

use std::collections::BTreeMap;

use acceptance::{Answer, App, Say, command, get, patch, post};
use aws_sdk_dynamodb::types::AttributeValue;
use chrono::TimeDelta;
use domain::CallerRole;
use infra_local::{host::Delivery, stack::VIEWS_TABLE};
use serde_json::{Value, json};

pub(crate) const DIRECTORY: &str = "user_directory";

/// By whom replays are for.
pub(crate) fn operator(say: Say) -> Say {
    say.by(CallerRole::ReplayOperator)
}

pub(crate) async fn start(app: &App, body: Value) -> String {
    app.when(operator(post("/v1/replays", &body))).await.then(202).text("id")
}

pub(crate) async fn ask(app: &App, id: &str, what: &str) -> Answer {
    app.when(operator(post(format!("/v1/replays/{id}/{what}"), &json!({})))).await
}

pub(crate) async fn replay(app: &App, id: &str) -> Value {
    app.when(operator(get(format!("/v1/replays/{id}")))).await.then(200).body
}

pub(crate) async fn state(app: &App, id: &str) -> String {
    replay(app, id).await["state"].as_str().unwrap().into()
}

/// Delivers segments until none is left.
pub(crate) async fn work(app: &App) {
    while app.backend.replay().await.unwrap() > 0 {}
}

/// Lets the time pass that a switch takes.
pub(crate) async fn switch(app: &App) {
    app.clock.advance(TimeDelta::seconds(4));
    work(app).await;
}

/// What the rows of a generation say: tenant and id to version and view.
pub(crate) async fn generation(
    app: &App,
    model: &str,
    number: u32,
) -> BTreeMap<(String, String), (String, Value)> {
    let text = |value: &AttributeValue| value.as_s().unwrap().clone();
    let rows = app.rows().await.into_iter().filter_map(|row| {
        let tenant = text(&row["pk"]).strip_suffix(&format!("#{model}@{number}"))?.to_owned();
        let view = serde_json::from_str(row["d"].as_s().unwrap()).unwrap();
        Some(((tenant, text(&row["sk"])), (row["v"].as_n().unwrap().clone(), view)))
    });
    rows.collect()
}

/// Users of two tenants in several states.
pub(crate) async fn people(app: &App, count: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for number in 0..count {
        let user = json!({ "userName": format!("user{number}"), "displayName": format!("User {number}"),
                           "email": format!("user{number}@example.com"), "roles": ["engineer"] });
        let created = app.when(post("/v1/users", &user).key(&number.to_string())).await.then(202);
        ids.push(created.text("id"));
    }
    app.settle().await;
    for id in ids.iter().step_by(3) {
        app.when(command(id, "deactivate")).await.then(200);
    }
    app.settle().await;
    ids
}

#[tokio::test]
async fn a_replay_builds_what_the_projector_has_built_and_takes_its_place() {
    let app = App::start().await;
    let ids = people(&app, 12).await;
    let id = start(&app, json!({ "projection": DIRECTORY, "segments": 3, "verifyPercent": 100 })).await;
    assert_eq!(id, "user_directory-2");
    work(&app).await;

    let done = replay(&app, &id).await;
    assert_eq!((&done["state"], &done["mismatches"]), (&json!("verified"), &json!(0)), "{done}");
    assert_eq!(done["progress"]["compared"], 12, "{done}");
    assert_eq!(generation(&app, DIRECTORY, 2).await, generation(&app, DIRECTORY, 1).await);

    ask(&app, &id, "promote").await.then(202);
    assert_eq!(state(&app, &id).await, "promoting");
    switch(&app).await;
    assert_eq!(state(&app, &id).await, "promoted");
    let listed = app.when(get("/v1/users")).await.then(200).body;
    assert_eq!(listed["items"].as_array().unwrap().len(), ids.len());

    // From now on both are written.
    app.when(command(&ids[1], "deactivate")).await.then(200);
    app.settle().await;
    assert_eq!(generation(&app, DIRECTORY, 2).await, generation(&app, DIRECTORY, 1).await);

    ask(&app, &id, "rollback").await.then(202);
    switch(&app).await;
    assert_eq!(state(&app, &id).await, "rolled_back");
    ask(&app, &id, "promote").await.then(202);
    switch(&app).await;

    ask(&app, &id, "finish").await.then(202);
    work(&app).await;
    assert_eq!(state(&app, &id).await, "finished");
    assert!(generation(&app, DIRECTORY, 1).await.is_empty());
    assert_eq!(app.status(&ids[1]).await, "inactive");
}

#[tokio::test]
async fn each_row_is_written_once() {
    let app = App::start().await;
    people(&app, 9).await;
    start(&app, json!({ "projection": DIRECTORY, "segments": 1, "verifyPercent": 0 })).await;
    app.tap.reset();
    while state(&app, "user_directory-2").await == "building" {
        app.backend.replay().await.unwrap();
    }
    let built = replay(&app, "user_directory-2").await;
    let figures = &built["segmentsOf"][0];
    assert_eq!((&figures["streams"], &figures["rows"]), (&json!(9), &json!(9)), "{built}");
}

#[tokio::test]
async fn a_cancelled_replay_leaves_nothing() {
    let app = App::start().await;
    people(&app, 6).await;
    let id = start(&app, json!({ "projection": DIRECTORY, "segments": 2 })).await;
    app.backend.replay().await.unwrap();
    ask(&app, &id, "cancel").await.then(202);
    work(&app).await;
    assert_eq!(state(&app, &id).await, "cancelled");
    assert!(generation(&app, DIRECTORY, 2).await.is_empty());
    // The number is not given again.
    assert_eq!(start(&app, json!({ "projection": DIRECTORY })).await, "user_directory-3");
}

#[tokio::test]
async fn a_mismatch_stops_the_promotion_and_names_the_stream() {
    let app = App::start().await;
    let ids = people(&app, 6).await;
    let id = start(&app, json!({ "projection": DIRECTORY, "segments": 1, "verifyPercent": 100 })).await;
    while state(&app, &id).await == "building" {
        app.backend.replay().await.unwrap();
    }
    let update = app.backend.stack.clients.dynamodb.update_item().table_name(VIEWS_TABLE);
    let update = update
        .key("pk", AttributeValue::S(format!("acme#{DIRECTORY}@2")))
        .key("sk", AttributeValue::S(ids[3].clone()))
        .update_expression("REMOVE f SET d = :d")
        .expression_attribute_values(":d", AttributeValue::S("{}".into()));
    update.send().await.unwrap();
    work(&app).await;
    let done = replay(&app, &id).await;
    assert_eq!((&done["state"], &done["mismatches"]), (&json!("mismatched"), &json!(1)), "{done}");
    assert_eq!(done["mismatched"][0]["stream"], format!("acme#user#{}", ids[3]));
    ask(&app, &id, "promote").await.then_problem(409, "replay-state");
}

#[tokio::test]
async fn bad_requests_are_refused_and_begin_nothing() {
    let app = App::start().await;
    for body in [
        json!({}),
        json!({ "projection": "nothing" }),
        json!({ "projection": DIRECTORY, "segments": 0 }),
        json!({ "projection": DIRECTORY, "segments": 1001 }),
        json!({ "projection": DIRECTORY, "rateLimit": 0 }),
        json!({ "projection": DIRECTORY, "verifyPercent": 101 }),
    ] {
        app.when(operator(post("/v1/replays", &body))).await.then_problem(422, "invalid-value");
    }
    app.when(operator(get("/v1/replays/user_directory-2"))).await.then_problem(404, "no-such-replay");
    ask(&app, "user_directory-2", "promote").await.then_problem(404, "no-such-replay");
    let id = start(&app, json!({ "projection": DIRECTORY })).await;
    app.when(operator(post("/v1/replays", &json!({ "projection": DIRECTORY }))))
        .await
        .then_problem(409, "replay-busy");
    app.when(operator(patch(format!("/v1/replays/{id}"), &json!({ "rateLimit": 0 }))))
        .await
        .then_problem(422, "invalid-value");
}

#[tokio::test]
async fn a_dry_run_tells_what_a_replay_would_come_to_and_begins_none() {
    let app = App::start().await;
    people(&app, 6).await;
    let before = app.rows().await.len();
    let body = json!({ "projection": DIRECTORY });
    let told = app.when(operator(post("/v1/replays?dryRun=true", &body))).await.then(200).body;
    assert_eq!((&told["rows"], &told["generation"]), (&json!(6), &json!(2)), "{told}");
    assert_eq!(told["items"], app.stored().await.len(), "{told}");
    assert_eq!(told["writeUnits"], 6, "{told}");
    assert!(told["readUnits"].as_u64().unwrap() > 0 && told["dollars"].as_f64().unwrap() > 0.0, "{told}");
    assert_eq!(app.rows().await.len(), before);
    assert_eq!(app.when(operator(get("/v1/replays"))).await.then(200).body, json!({ "items": [] }));
}

/// Users are left in the middle of everything; the replay runs, is promoted, rolled back, promoted and finished.
#[tokio::test]
async fn a_replay_has_no_side_effect() {
    let app = App::start().await;
    let ids = people(&app, 6).await;
    // One is being provisioned, one waits for a mail, one has changed their address.
    app.alice().await;
    app.when(command(&ids[1], "resend-confirmation")).await;
    let email = json!({ "email": "new@example.com" });
    app.when(post(format!("/v1/users/{}/email", ids[2]), &email)).await;
    while app.backend.project().await.unwrap() != Delivery::Idle {}
    while app.backend.dispatch().await.unwrap() != Delivery::Idle {}
    let (stored, mails) = (app.stored().await, app.mails.sent().len());
    let steps = app.backend.stack.sqs.depth("rollcall-steps").await.unwrap().visible;
    assert!(steps > 0);

    let mut ends = Vec::new();
    let counted = app.when(get("/v1/summary")).await.then(200).body;
    app.tap.reset();
    let models = [
        "user_directory",
        "provisioning_status",
        "role_directory",
        "tenant_settings",
        "tenant_summary",
        "webhook_directory",
    ];
    for model in models {
        let id = start(&app, json!({ "projection": model, "promote": true, "verifyPercent": 100 })).await;
        work(&app).await;
        switch(&app).await;
        ask(&app, &id, "rollback").await.then(202);
        switch(&app).await;
        ask(&app, &id, "promote").await.then(202);
        switch(&app).await;
        ask(&app, &id, "finish").await.then(202);
        work(&app).await;
        ends.push(state(&app, &id).await);
    }
    assert_eq!(ends, ["finished"; 6]);
    assert_eq!(
        app.when(get("/v1/summary")).await.then(200).body,
        counted,
        "users were counted twice, or not"
    );
    while app.backend.project().await.unwrap() != Delivery::Idle {}
    while app.backend.dispatch().await.unwrap() != Delivery::Idle {}

    assert_eq!(app.mails.sent().len(), mails, "a mail was sent");
    assert!(app.stored().await == stored, "something was recorded");
    let depth = app.backend.stack.sqs.depth("rollcall-steps").await.unwrap();
    assert_eq!((depth.visible, depth.in_flight), (steps, 0), "a step was sent out");
}
