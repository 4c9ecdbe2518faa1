//! `dryRun=true`: what a command would record, and nothing recorded.

use std::collections::{BTreeSet, HashMap};

use acceptance::{App, Say, alice, command, confirm, delete, patch, post, put};
use aws_sdk_dynamodb::types::AttributeValue;
use chrono::TimeDelta;
use event_store::{Commit, RecordedEvent, StreamId};
use infra_aws::mail::MailError;
use serde_json::{Value, json};

use crate::authorization::routes;

/// Tries the command, expects that nothing came of it, carries it out, and expects what the try had said.
async fn tried_then_done(app: &App, seen: &mut BTreeSet<String>, stream: (&str, &str), say: Say) {
    let line = say.line();
    let (items, before) = (everything(app).await, commits(app, stream).await.len());
    let tried = app.when(say.clone().dry()).await;
    assert_eq!(tried.status, 200, "{line}: {}", tried.body);
    assert_eq!(everything(app).await, items, "{line}: something was written");
    assert_eq!(tried.body["dryRun"], true, "{line}");

    let done = app.when(say).await;
    assert!((200..300).contains(&done.status), "{line}: {}", done.body);
    let after = commits(app, stream).await.split_off(before);
    let recorded: Vec<Value> = after.into_iter().flat_map(|commit| commit.events).map(as_shown).collect();
    assert_eq!(tried.body["events"], Value::from(recorded), "{line}");
    for part in ["id", "status", "name", "retired", "grants", "templates", "confirmationLifetimeHours"] {
        if done.status != 204 {
            assert_eq!(tried.body[part], done.body[part], "{line}: {part}");
        }
    }
    seen.insert(of_any_webhook(&line));
}

/// A request's line with the same id for each webhook.
pub(crate) fn of_any_webhook(line: &str) -> String {
    let place = "/v1/webhooks/".len();
    match line.find("/v1/webhooks/").map(|at| at + place) {
        Some(at) => format!("{}ID{}", &line[..at], &line[at + WEBHOOK_ID_LENGTH..]),
        None => line.to_owned(),
    }
}

/// The life of a webhook from its creation on. No event of it, nor of any other command here, is sent to it.
pub(crate) async fn life_of_a_webhook(app: &App) -> (String, [Say; 6]) {
    let body = json!({ "url": "https://example.com/hook", "types": ["user.deleted"] });
    let create = post("/v1/webhooks", &body).key("hook");
    let id = app.when(create.clone().dry()).await.then(200).text("id");
    let path = format!("/v1/webhooks/{id}");
    let on = |name: &str| post(format!("{path}/{name}"), &json!({}));
    let change = patch(&path, &json!({ "url": "https://example.com/other" }));
    (id, [create, change, on("rotate-secret"), on("disable"), on("enable"), delete(&path)])
}

const WEBHOOK_ID_LENGTH: usize = 36;

/// A command for every route that takes any, but for confirmations. What operators do to views and limits is none, and
/// what is sent to a webhook out of turn is not recorded.
pub(crate) fn commands_of(id: &str) -> impl Iterator<Item = Say> {
    let others = [
        "GET ",
        "POST /v1/parked/",
        "POST /v1/replays",
        "PATCH /v1/replays",
        "PUT /v1/limits/",
        "DELETE /v1/limits/",
        "POST /v1/imports",
    ];
    let says = routes(id).into_iter().map(|route| route.say);
    let sent = ["/test", "/redeliver"];
    says.filter(move |say| {
        let line = say.line();
        !others.iter().any(|other| line.starts_with(other)) && !sent.iter().any(|end| line.ends_with(end))
    })
}

fn as_shown(event: RecordedEvent) -> Value {
    let data = event.payload[&event.event_type].clone();
    json!({ "type": event.event_type, "version": event.event_version, "data": data })
}

/// All that is stored, and how much is on the queue.
async fn everything(app: &App) -> (Vec<HashMap<String, AttributeValue>>, usize) {
    let mut items: Vec<_> = app.stored().await.into_iter().chain(app.rows().await).collect();
    items.sort_by_key(|item| format!("{:?} {:?}", item["pk"], item.get("sk")));
    (items, app.waiting("rollcall-steps").await)
}

async fn commits(app: &App, (kind, id): (&str, &str)) -> Vec<Commit> {
    app.events().commits_after(&StreamId::new("acme", kind, id).unwrap(), 0).await.unwrap()
}

#[tokio::test]
async fn every_command_shows_what_it_then_records_and_records_nothing() {
    let app = App::start().await;
    let (mut seen, id) = (BTreeSet::new(), app.derived_id("alice"));
    let path = format!("/v1/users/{id}");
    let user = ("user", id.as_str());
    let mut body = alice();
    body["roles"] = json!(["engineer", "pilot"]);
    let role = json!({ "name": "pilot", "grants": ["helpdesk"], "privileged": true });
    let tomorrow = json!({ "expiresAt": app.clock.now() + TimeDelta::hours(24) });
    let settings = json!({ "confirmationLifetimeHours": 5 });
    let failed = || app.mails.fail_next(MailError::Refused("550".into()));

    let story = [
        (("tenant", "tenant"), put("/v1/settings", &settings)),
        (("role", "pilot"), post("/v1/roles", &role)),
        (user, post("/v1/users", &body).key("alice")),
        (user, patch(&path, &json!({ "userName": "alice.l" }))),
        (user, post(format!("{path}/email"), &json!({ "email": "new@example.com" }))),
        (user, command(&id, "resend-confirmation")),
        (user, command(&id, "cancel-provisioning")),
        (user, put(format!("{path}/expiry"), &tomorrow)),
        (user, command(&id, "reactivate")),
        (user, command(&id, "retry-provisioning")),
        (user, put(format!("{path}/roles/oncall"), &json!({}))),
        (user, delete(format!("{path}/roles/pilot"))),
        (user, command(&id, "deactivate")),
        (user, delete(&path)),
        (user, command(&id, "restore")),
        (("role", "pilot"), post("/v1/roles/pilot/retire", &json!({}))),
    ];
    for (stream, say) in story {
        if say.line().ends_with("reactivate") {
            failed();
        }
        tried_then_done(&app, &mut seen, stream, say).await;
        app.settle().await;
        app.clock.advance(TimeDelta::minutes(1));
    }
    let (webhook, life) = life_of_a_webhook(&app).await;
    for say in life {
        tried_then_done(&app, &mut seen, ("webhook", &webhook), say).await;
    }
    let all = commands_of(&id).map(|say| of_any_webhook(&say.line())).collect();
    assert_eq!(seen, all, "every route has its turn");
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn a_refusal_is_the_same_when_it_is_only_tried() {
    let app = App::start().await;
    let ann = app.owner("ann").await;
    let bob = app.accepted("bob", &["engineer"]).await;
    let gone = app.accepted("gone", &[]).await;
    app.when(delete(format!("/v1/users/{gone}"))).await.then(204);
    let carol = app.accepted("gone", &[]).await;
    assert_eq!(carol, gone, "a repeated creation is answered like the first");
    let body = json!({ "userName": "gone", "displayName": "G", "email": "gone@example.com" });
    app.when(post("/v1/users", &body).key("carol")).await.then(202);
    let stored = everything(&app).await;

    let path = |id: &str, rest: &str| format!("/v1/users/{id}{rest}");
    let new = |name: &str, email: &str, roles: &[&str]| {
        let body = json!({ "userName": name, "displayName": "D", "email": email, "roles": roles });
        post("/v1/users", &body).key("dora")
    };
    for (status, say) in [
        (409, new("dora", "bob@example.com", &[])),
        (409, new("bob", "dora@example.com", &[])),
        (422, new("dora", "dora@example.com", &["pilot"])),
        (422, new("", "dora", &[])),
        (422, new("bob", "bob2@example.com", &[]).key("bob")),
        (409, patch(path(&bob, ""), &json!({ "userName": "ann" }))),
        (409, post(path(&bob, "/email"), &json!({ "email": "ann@example.com" }))),
        (412, patch(path(&bob, ""), &json!({ "userName": "bobby" })).header("if-match", "\"7\"")),
        (412, command(&bob, "deactivate").header("if-match", "\"7\"")),
        (409, command(&ann, "deactivate")),
        (409, delete(path(&ann, ""))),
        (409, delete(path(&ann, "/roles/owners"))),
        (403, command(&ann, "deactivate").by_user(&ann)),
        (422, put(path(&bob, "/roles/pilot"), &json!({}))),
        (422, put(path(&bob, "/expiry"), &json!({ "expiresAt": "2020-01-01T00:00:00Z" }))),
        (409, command(&bob, "resend-confirmation")),
        (409, command(&bob, "retry-provisioning")),
        (409, command(&ann, "cancel-provisioning")),
        (409, command(&bob, "restore")),
        (409, command(&gone, "restore")),
        (404, command(&gone, "deactivate")),
        (409, post("/v1/roles", &json!({ "name": "engineer" }))),
        (404, post("/v1/roles/pilot/retire", &json!({}))),
        (422, put("/v1/settings", &json!({ "confirmationLifetimeHours": 0 }))),
    ] {
        let line = say.line();
        let (tried, done) = (app.when(say.clone().dry()).await, app.when(say).await);
        assert_eq!((tried.status, done.status), (status, status), "{line}: {} {}", tried.body, done.body);
        let without_id = |mut body: Value| {
            body["requestId"].take();
            body
        };
        assert_eq!(without_id(tried.body), without_id(done.body), "{line}");
    }
    assert_eq!(everything(&app).await, stored);
}

#[tokio::test]
async fn a_dry_run_is_true_or_false_and_nothing_else() {
    let app = App::start().await;
    let id = app.alice().await;
    let stored = everything(&app).await;
    for say in commands_of(&id) {
        for (name, value) in [("dryRun", "maybe"), ("dryRun", "1"), ("dryRun", "TRUE"), ("dryrun", "true")] {
            app.when(say.clone().with(name, value)).await.then_problem(400, "invalid-parameter");
        }
    }
    assert_eq!(everything(&app).await, stored);
    app.when(command(&id, "deactivate").with("dryRun", "false")).await.then(200);
    assert_ne!(everything(&app).await, stored);
}

#[tokio::test]
async fn a_command_that_was_only_tried_can_still_be_given_under_its_key() {
    let app = App::start().await;
    let say = post("/v1/users", &alice()).key("alice");
    let tried = app.when(say.clone().dry()).await.then(200);
    assert_eq!((tried.text("id"), &tried.body["version"]), (app.derived_id("alice"), &json!(0)));
    assert!(!tried.headers.contains_key("location"));
    let done = app.when(say.clone()).await.then(202);
    assert_eq!(done.text("id"), tried.text("id"));
    app.settle().await;
    assert_eq!(app.mails.sent().len(), 1);
}

#[tokio::test]
async fn a_confirmation_is_never_only_tried() {
    let app = App::start().await;
    let id = app.provisioned("bob", &[]).await;
    let say = confirm(&app.mails.last().token);
    app.when(say.clone().dry()).await.then_problem(400, "invalid-parameter");
    assert_eq!(app.user(&id).await["status"], "pending_confirmation");
    app.when(say).await.then(200);
}
