//! Imports whose uploads and workers die, stall, come twice or are overtaken.

use std::{collections::BTreeMap, future::pending};

use acceptance::{App, command, get, post};
use aws_lambda_events::sqs::{SqsEvent, SqsMessage};
use chrono::TimeDelta;
use infra_local::faults::Fault;
use serde_json::json;
use tokio::sync::oneshot;

use crate::{
    imports::{file, import, people, person, verdicts, work},
    replay_faults::dies_before,
};

/// Let leases and deliveries run out, and others go on.
async fn others_go_on(app: &App) {
    for _ in 0..3 {
        app.clock.advance(TimeDelta::seconds(61));
        app.backend.watch().await.unwrap();
        work(app).await;
    }
}

fn delivery(id: &str, import: &str) -> SqsEvent {
    let mut message = SqsMessage::default();
    message.message_id = Some(id.into());
    message.body = Some(json!({ "tenant": "acme", "import": import }).to_string());
    let mut event = SqsEvent::default();
    event.records = vec![message];
    event
}

/// Three rows of which two can be created, under names of their own.
fn small(number: usize) -> String {
    let name = |who: &str| format!("{who}{number}");
    let rows = [person(&name("ann"), &["engineer"]), json!({}), person(&name("bob"), &["oncall"])];
    rows.map(|row| format!("{row}\n")).concat()
}

fn as_it_should_be() -> BTreeMap<u64, String> {
    let invalid = "invalid invalid-body /userName /displayName /email".to_owned();
    [(1, "created".into()), (2, invalid), (3, "created".into())].into()
}

async fn users(app: &App) -> usize {
    let commits = app.stored().await;
    commits.iter().filter(|item| item["pk"].as_s().unwrap().starts_with("acme#user#")).count()
}

#[tokio::test]
async fn a_worker_that_dies_anywhere_is_followed_by_another() {
    let app = App::start().await;
    let mut request = 1;
    loop {
        let id = app.when(file(small(request), &request.to_string())).await.then(202).text("id");
        let died = dies_before(&app, request, work(&app)).await;
        let before = import(&app, &id).await["done"].as_u64().unwrap();
        others_go_on(&app).await;
        let done = import(&app, &id).await;
        assert_eq!(done["state"], "done", "after a death before request {request}: {done}");
        assert!(before <= 3);
        assert_eq!(verdicts(&app, &id).await, as_it_should_be(), "died before request {request}");
        assert_eq!(users(&app).await, 2 * request, "died before request {request}");
        let left = app.kept_of_imports().await;
        assert!(!left.iter().any(|item| item["pk"].as_s().unwrap() == "!active"), "before {request}");
        assert!(!left.iter().any(|item| item["sk"].as_s().unwrap().starts_with("rows#")), "before {request}");
        if !died {
            break;
        }
        request += 1;
    }
    assert!(request > 12, "{request}");
}

#[tokio::test]
async fn an_upload_that_dies_anywhere_can_be_repeated() {
    let app = App::start().await;
    let mut request = 1;
    loop {
        let say = file(small(request), &request.to_string());
        let uploading = async { drop(app.when(say.clone()).await) };
        let died = dies_before(&app, request, uploading).await;
        let early = app.when(say.clone()).await;
        assert!([202, 409].contains(&early.status), "{}", early.body);
        app.clock.advance(TimeDelta::seconds(21));
        let id = app.when(say).await.then(202).text("id");
        others_go_on(&app).await;
        assert_eq!(import(&app, &id).await["state"], "done", "died before request {request}");
        assert_eq!(verdicts(&app, &id).await, as_it_should_be(), "died before request {request}");
        assert_eq!(users(&app).await, 2 * request, "died before request {request}");
        if !died {
            break;
        }
        request += 1;
    }
    assert!(request > 5, "{request}");
    let listed = app.when(get("/v1/imports?limit=200")).await.then(200).body;
    assert_eq!(listed["items"].as_array().unwrap().len(), request, "each is listed once");
}

#[tokio::test]
async fn a_cancel_and_a_worker_that_dies_leave_every_user_with_a_verdict() {
    let app = App::start().await;
    let mut request = 1;
    loop {
        let id = app.when(file(small(request), &request.to_string())).await.then(202).text("id");
        let before = users(&app).await;
        let died = dies_before(&app, request, work(&app)).await;
        drop(app.when(post(format!("/v1/imports/{id}/cancel"), &json!({}))).await);
        others_go_on(&app).await;
        let over = import(&app, &id).await;
        assert!(["cancelled", "done"].contains(&over["state"].as_str().unwrap()), "{over}");
        let created = users(&app).await - before;
        assert_eq!(over["counts"]["created"], created, "died before request {request}: {over}");
        if !died {
            break;
        }
        request += 1;
    }
    assert!(request > 12, "{request}");
}

#[tokio::test]
async fn whatever_fails_in_between_is_no_verdict() {
    let app = App::start().await;
    let mut request = 1;
    loop {
        let id = app.when(file(small(request), &request.to_string())).await.then(202).text("id");
        app.tap.reset();
        // As often as the SDK tries.
        for _ in 0..3 {
            app.tap.inject(request, Fault::ServerError);
        }
        work(&app).await;
        let met = app.tap.log().len() >= request;
        app.tap.reset();
        others_go_on(&app).await;
        assert_eq!(verdicts(&app, &id).await, as_it_should_be(), "request {request} failed");
        if !met {
            break;
        }
        request += 1;
    }
}

#[tokio::test]
async fn a_table_that_does_not_answer_brings_the_message_back() {
    let app = App::start().await;
    let id = app.when(file(people(&["ann"]), "k")).await.then(202).text("id");
    app.tap.reset();
    for _ in 0..60 {
        app.tap.inject("TransactWriteItems", Fault::ServerError);
    }
    assert_eq!(app.backend.import().await.unwrap(), 1);
    assert_eq!(import(&app, &id).await["done"], 0);
    app.tap.reset();
    app.clock.advance(TimeDelta::seconds(6));
    work(&app).await;
    assert_eq!(import(&app, &id).await["counts"]["created"], 1);
}

#[tokio::test]
async fn an_import_has_one_worker_at_a_time() {
    let app = App::start().await;
    let id = app.when(file(people(&["ann", "bob"]), "k")).await.then(202).text("id");
    let (importer, import_id, log) = (app.backend.functions.importer.clone(), id.clone(), app.tap.clone());
    app.tap.reset();
    app.tap.before_request("TransactWriteItems", move || {
        Box::pin(async move {
            let before = log.log().len();
            let answer = Box::pin(importer.handle(delivery("twice", &import_id), None)).await;
            assert!(answer.batch_item_failures.is_empty());
            assert!(log.log().split_off(before).iter().all(|it| ["GetItem", "Query"].contains(&it.as_str())));
        })
    });
    work(&app).await;
    assert_eq!(app.tap.unmet(), 0);
    assert_eq!(import(&app, &id).await["counts"]["created"], 2);
    assert_eq!(users(&app).await, 2);
    // Once more, when all is over.
    let answer = app.backend.functions.importer.handle(delivery("late", &id), None).await;
    assert!(answer.batch_item_failures.is_empty());
    assert_eq!(users(&app).await, 2);
}

#[tokio::test]
async fn whoever_was_overtaken_stops_and_spoils_nothing() {
    let app = App::start().await;
    let id = app.when(file(people(&["ann", "bob", "cleo"]), "k")).await.then(202).text("id");
    let (importer, import_id, clock) =
        (app.backend.functions.importer.clone(), id.clone(), app.clock.clone());
    app.tap.reset();
    // The first worker stalls until its lease has run out, and another one does its work.
    app.tap.before_request("TransactWriteItems", move || {
        Box::pin(async move {
            clock.advance(TimeDelta::seconds(21));
            let answer = Box::pin(importer.handle(delivery("other", &import_id), None)).await;
            assert!(answer.batch_item_failures.is_empty());
        })
    });
    work(&app).await;
    others_go_on(&app).await;
    assert_eq!(import(&app, &id).await["counts"]["created"], 3);
    assert_eq!(verdicts(&app, &id).await.len(), 3);
    assert_eq!(users(&app).await, 3);
}

#[tokio::test]
async fn the_watchdog_sends_lost_imports_out_again() {
    let app = App::start().await;
    let id = app.when(file(people(&["ann"]), "k")).await.then(202).text("id");
    let purge = app.backend.stack.clients.sqs.purge_queue();
    purge.queue_url(&app.backend.stack.imports_queue_url).send().await.unwrap();
    assert_eq!(app.backend.watch().await.unwrap().imports_nudged, 0);
    app.clock.advance(TimeDelta::seconds(61));
    assert_eq!(app.backend.watch().await.unwrap().imports_nudged, 1);
    work(&app).await;
    assert_eq!(import(&app, &id).await["state"], "done");
    app.clock.advance(TimeDelta::seconds(61));
    assert_eq!(app.backend.watch().await.unwrap().imports_nudged, 0);
}

#[tokio::test]
async fn rows_that_were_begun_when_their_importer_was_shut_off_have_their_verdicts() {
    let app = App::start().await;
    let boss = app.owner("boss").await;
    app.owner("deputy").await;
    let say = file(people(&["ann", "bob", "cleo"]), "k").by_user(&boss);
    let id = app.when(say).await.then(202).text("id");
    let before = users(&app).await;
    app.tap.reset();
    let (told, heard) = oneshot::channel();
    for _ in 0..2 {
        app.tap.before_request("TransactWriteItems", || Box::pin(async {}));
    }
    app.tap.before_request("TransactWriteItems", move || {
        Box::pin(async move {
            told.send(()).unwrap();
            pending::<()>().await;
        })
    });
    tokio::select! {
        () = work(&app) => panic!("the third row was not worked on"),
        heard = heard => heard.unwrap(),
    }
    app.when(command(&boss, "deactivate")).await.then(200);
    others_go_on(&app).await;
    // There is no other row: nothing is left to stop.
    assert_eq!(import(&app, &id).await["state"], "done");
    let told: Vec<String> = verdicts(&app, &id).await.into_values().collect();
    assert_eq!(told, ["created", "created", "refused caller-inactive"]);
    // One commit each, and one for the boss.
    assert_eq!(users(&app).await, before + 3);
}
