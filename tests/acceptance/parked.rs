//! What is set aside: when, where an operator finds it, and how it comes back.

use acceptance::{App, Say, get, post};
use aws_sdk_dynamodb::types::AttributeValue::{L, S};
use chrono::TimeDelta;
use domain::CallerRole::ReplayOperator;
use infra_local::stack::EVENTS_TABLE;
use serde_json::{Value, json};

use crate::projector::{Item, deliver, history, then_rows_are_true, versions};

async fn store(app: &App, commit: &Item) {
    let put = app.backend.stack.clients.dynamodb.put_item().table_name(EVENTS_TABLE);
    put.set_item(Some(commit.clone())).send().await.unwrap();
}

/// A commit of an event that a later release records.
fn of_a_later_release(commit: &Item) -> Item {
    let mut later = commit.clone();
    let types = commit["t"].as_l().unwrap().iter().map(|_| S("user.exploded@7".into())).collect();
    later.insert("t".into(), L(types));
    later
}

/// Alice, whose fourth commit nobody can read: the commits as they are delivered, and as they were.
async fn poisoned() -> (App, String, Vec<Item>, Vec<Item>) {
    let (app, id, commits) = history().await;
    let mut delivered = commits.clone();
    delivered[3] = of_a_later_release(&commits[3]);
    store(&app, &delivered[3]).await;
    (app, id, delivered, commits)
}

fn by_operator(say: Say) -> Say {
    say.by(ReplayOperator)
}

async fn listed(app: &App, query: &str) -> Value {
    app.when(by_operator(get(format!("/v1/parked{query}")))).await.then(200).body
}

async fn retry(app: &App, projection: &str, id: &str) -> Value {
    let path = format!("/v1/parked/{projection}/acme/user/{id}/retry");
    app.when(by_operator(post(path, &json!({})))).await.then(200).body
}

fn notes(parked: &Value) -> Vec<(&str, Option<u64>, &str, u64)> {
    let items = parked["items"].as_array().unwrap().iter();
    items
        .map(|note| {
            let text = |name: &str| note[name].as_str().unwrap();
            (text("projection"), note["commit"].as_u64(), text("code"), note["times"].as_u64().unwrap())
        })
        .collect()
}

#[tokio::test]
async fn what_comes_before_an_unknown_event_is_applied_and_what_comes_after_waits() {
    let (app, id, delivered, commits) = poisoned().await;
    assert!(deliver(&app, &delivered[..6]).await.is_empty(), "the shard moves on");
    assert_eq!(versions(&app, &id).await, [3; 3]);
    app.clock.advance(TimeDelta::minutes(1));
    for later in &delivered[6..8] {
        assert!(deliver(&app, std::slice::from_ref(later)).await.is_empty());
    }
    assert_eq!(versions(&app, &id).await, [3; 3]);
    let parked = listed(&app, "").await;
    let expected = ["provisioning_status", "tenant_summary", "user_directory"]
        .map(|model| (model, Some(4), "event-unknown", 3));
    assert_eq!(notes(&parked), expected);
    let note = &parked["items"][0];
    assert_eq!(note["stream"], format!("acme#user#{id}"));
    assert_eq!(
        (&note["tenant"], &note["aggregate"], &note["id"]),
        (&json!("acme"), &json!("user"), &json!(id))
    );
    assert_eq!((&note["generation"], &note["live"]), (&json!(1), &json!(true)));
    assert_ne!(note["firstAt"], note["lastAt"]);
    assert!(!parked.to_string().contains("alice"), "{parked}");

    store(&app, &commits[3]).await;
    assert!(deliver(&app, &commits[7..8]).await.is_empty());
    assert_eq!(app.parked().await, Vec::<String>::new(), "the gap led through it");
    assert!(deliver(&app, &commits).await.is_empty());
    then_rows_are_true(&app, &id, commits.len()).await;
}

#[tokio::test]
async fn an_item_that_is_no_commit_any_more_parks_like_any_other() {
    let (app, id, mut commits) = history().await;
    commits[3].remove("e");
    store(&app, &commits[3]).await;
    assert!(deliver(&app, &commits[..5]).await.is_empty());
    assert_eq!(versions(&app, &id).await, [3; 3]);
    let parked = listed(&app, "?projection=user_directory").await;
    assert_eq!(notes(&parked), [("user_directory", Some(4), "commit-unreadable", 1)]);
}

#[tokio::test]
async fn a_retry_says_what_it_came_to() {
    let (app, id, delivered, commits) = poisoned().await;
    assert!(deliver(&app, &delivered).await.is_empty());
    let still = retry(&app, "user_directory", &id).await;
    let outcome = &still["generations"][0];
    assert_eq!((&outcome["outcome"], &outcome["commit"]), (&json!("parked"), &json!(4)));
    assert_eq!(outcome["code"], "event-unknown");

    store(&app, &commits[3]).await;
    let applied = retry(&app, "user_directory", &id).await;
    let expected = json!([{ "projection": "user_directory", "generation": 1, "live": true,
                            "outcome": "applied", "commit": commits.len() }]);
    assert_eq!(applied["generations"], expected);
    assert_eq!(notes(&listed(&app, "").await).len(), 2, "each read model is tried for itself");
    retry(&app, "provisioning_status", &id).await;
    retry(&app, "tenant_summary", &id).await;
    then_rows_are_true(&app, &id, commits.len()).await;
    assert_eq!(listed(&app, "").await, json!({ "items": [], "next": null }));
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_answered_from_the_stream_and_made_anew_by_a_retry() {
    let (app, id, commits) = history().await;
    assert!(deliver(&app, &commits[..1]).await.is_empty());
    app.spoil_row_of(&id, "user_directory").await;
    assert!(deliver(&app, &commits[1..]).await.is_empty(), "the shard moves on");
    let versions = versions(&app, &id).await;
    assert!(versions.contains(&1) && versions.contains(&commits.len()), "{versions:?}");
    assert_eq!(notes(&listed(&app, "").await), [("user_directory", None, "row-unreadable", 1)]);
    let user = app.when(get(format!("/v1/users/{id}"))).await.then(200).body;
    assert_eq!(user["version"], commits.len());

    retry(&app, "user_directory", &id).await;
    assert_eq!(app.parked().await, Vec::<String>::new());
    then_rows_are_true(&app, &id, commits.len()).await;
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
async fn an_item_that_no_read_model_is_about_is_noted_for_all_and_holds_up_nobody() {
    let (app, id, commits) = history().await;
    let stray = |pk: String| {
        let mut stray = commits[0].clone();
        stray.remove("e");
        stray.insert("pk".into(), S(pk));
        stray
    };
    let names = ["acme#gadget#1".to_owned(), "acme".into(), format!("acme#{}", "é".repeat(900))];
    let batch: Vec<Item> = names.iter().cloned().map(stray).chain(commits.clone()).collect();
    assert!(deliver(&app, &batch).await.is_empty(), "the shard moves on");
    then_rows_are_true(&app, &id, commits.len()).await;
    let parked = listed(&app, "?projection=*").await;
    assert_eq!(notes(&parked), [("*", Some(1), "commit-unreadable", 1); 3]);
    let retried = app.when(by_operator(post("/v1/parked/*/retry", &json!({})))).await.then(200).body;
    assert_eq!(retried["items"].as_array().unwrap().len(), 3);
    assert_eq!(listed(&app, "").await["items"].as_array().unwrap().len(), 3, "nobody can read them yet");
    app.when(by_operator(get("/v1/parked/*/acme/gadget/1"))).await.then(200);
}

#[tokio::test]
async fn what_is_parked_is_listed_page_by_page() {
    let (app, _, commits) = history().await;
    let batch: Vec<Item> = (0..25)
        .map(|number| {
            let mut broken = of_a_later_release(&commits[0]);
            broken.insert("pk".into(), S(format!("acme#user#u-{number}")));
            broken
        })
        .collect();
    assert!(deliver(&app, &batch).await.is_empty());
    let (mut streams, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = listed(&app, &format!("?limit=7&projection=user_directory&cursor={cursor}")).await;
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= 7);
        streams.extend(items.iter().map(|item| item["stream"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        cursor = next.into();
    }
    streams.sort();
    streams.dedup();
    assert_eq!(streams.len(), 25);
    let elsewhere = get(format!("/v1/parked?cursor={cursor}"));
    app.when(by_operator(elsewhere)).await.then_problem(400, "invalid-parameter");
}

#[tokio::test]
async fn what_is_not_parked_is_not_found() {
    let (app, id, commits) = history().await;
    assert!(deliver(&app, &commits).await.is_empty());
    let path = |projection: &str, rest: &str| format!("/v1/parked/{projection}/acme/{rest}");
    for (say, status, code) in [
        (get(path("user_directory", &format!("user/{id}"))), 404, "not-parked"),
        (get(path("user_directory", "user/a%23b")), 404, "not-parked"),
        (post(path("user_directory", "user/nobody/retry"), &json!({})), 404, "not-parked"),
        (post(path("role_directory", &format!("user/{id}/retry")), &json!({})), 404, "not-parked"),
        (get(path("users", &format!("user/{id}"))), 400, "invalid-parameter"),
        (post("/v1/parked/users/retry", &json!({})), 400, "invalid-parameter"),
        (get("/v1/parked?projection=users"), 400, "invalid-parameter"),
        (get("/v1/parked?limit=0"), 400, "invalid-parameter"),
        (get("/v1/parked?all=1"), 400, "invalid-parameter"),
    ] {
        app.when(by_operator(say)).await.then_problem(status, code);
    }
    // Who asks for what is not parked has it looked after all the same.
    assert_eq!(retry(&app, "user_directory", &id).await["generations"][0]["commit"], commits.len());
}
