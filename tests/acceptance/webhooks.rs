//! Webhooks: what is sent, how it is signed, and what becomes of receivers that do not answer as they should.

mod receiver;
mod trouble;

use acceptance::{Answer, App, Say, delete, get, patch, post};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use chrono::TimeDelta;
use event_store::StreamId;
use functions::cloud_event::CloudEvent;
use serde_json::{Value, json};

use receiver::{Received, Receiver};

/// Until a dispatcher asks again which webhooks there are.
const A_LITTLE_LATER: TimeDelta = TimeDelta::seconds(6);

/// A webhook that leads there, known to the dispatcher: its id and its secret.
async fn webhook(app: &App, receiver: &Receiver, types: &[&str]) -> (String, String) {
    let created = create(app, &receiver.url(), types, "hook").await.then(201);
    app.settle().await;
    app.clock.advance(A_LITTLE_LATER);
    (created.text("id"), created.text("secret"))
}

async fn create(app: &App, url: &str, types: &[&str], key: &str) -> Answer {
    app.when(post("/v1/webhooks", &json!({ "url": url, "types": types })).key(key)).await
}

fn on(id: &str, what: &str) -> Say {
    post(format!("/v1/webhooks/{id}/{what}"), &json!({}))
}

async fn shown(app: &App, id: &str) -> Value {
    app.when(get(format!("/v1/webhooks/{id}"))).await.then(200).body
}

async fn tries(app: &App, id: &str) -> Vec<Value> {
    let listed = app.when(get(format!("/v1/webhooks/{id}/deliveries"))).await.then(200).body;
    listed["items"].as_array().unwrap().clone()
}

/// Delivers until nothing is left to deliver now.
async fn work(app: &App) {
    app.settle().await;
    while app.backend.send_webhooks(10).await.unwrap() > 0 {}
    app.settle().await;
}

async fn role(app: &App, name: &str) {
    app.when(post("/v1/roles", &json!({ "name": name }))).await.then(201);
}

/// Whether one of the signatures is by this secret; computed with nothing of the code that signs.
fn is_signed_by(received: &Received, secret: &str) -> bool {
    let key = BASE64_STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let said = [
        received.header("webhook-id").as_bytes(),
        b".",
        received.header("webhook-timestamp").as_bytes(),
        b".",
        &received.body,
    ]
    .concat();
    let signature = format!("v1,{}", BASE64_STANDARD.encode(receiver::hmac(&key, &said)));
    received.header("webhook-signature").split(' ').any(|one| one == signature)
}

#[tokio::test]
async fn an_event_is_sent_once_and_signed() {
    let (app, receiver) = (App::start().await, Receiver::start().await);
    let (id, secret) = webhook(&app, &receiver, &["role.created"]).await;
    role(&app, "pilot").await;
    work(&app).await;
    let [received] = &receiver.received()[..] else { panic!("one: {:?}", receiver.received()) };
    let event = received.json();
    assert_eq!((&event["type"], &event["subject"]), (&json!("role.created"), &json!("pilot")));
    assert_eq!(received.header("content-type"), "application/cloudevents+json");
    assert_eq!(received.header("webhook-timestamp"), app.clock.now().timestamp().to_string());
    assert!(is_signed_by(received, &secret));
    let [tried] = &tries(&app, &id).await[..] else { panic!("one try") };
    assert_eq!(
        (&tried["arrived"], &tried["status"], &tried["number"]),
        (&json!(true), &json!(204), &json!(1))
    );
    assert_eq!(tried["delivery"], received.header("webhook-id"));
    // The feed tells of it in the same words.
    let pilot = StreamId::new("acme", "role", "pilot").unwrap();
    let [commit] = &app.events().commits_after(&pilot, 0).await.unwrap()[..] else { panic!("one commit") };
    assert_eq!(json!(CloudEvent::of(commit, 1, &commit.events[0])), event);
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn a_webhook_gets_the_types_that_it_takes_and_nothing_of_other_tenants() {
    let (app, receiver) = (App::start().await, Receiver::start().await);
    webhook(&app, &receiver, &["user.created", "user.email_confirmed"]).await;
    let alice = app.alice().await;
    app.when(post("/v1/roles", &json!({ "name": "oncall" })).of_tenant("globex")).await.then(201);
    work(&app).await;
    app.confirm(&app.mails.last().token).await.then(200);
    work(&app).await;
    let types: Vec<Value> = receiver.received().iter().map(|one| one.json()["type"].clone()).collect();
    assert_eq!(types, ["user.created", "user.email_confirmed"], "of {:?}", app.event_types(&alice).await);
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn a_repeated_create_is_answered_alike_and_ten_webhooks_are_all() {
    let app = App::empty().await;
    let mut ids = Vec::new();
    for number in 0..10 {
        let url = format!("https://example.com/{number}");
        let first = create(&app, &url, &[], &number.to_string()).await.then(201);
        let again = create(&app, &url, &[], &number.to_string()).await.then(201);
        assert_eq!(first.body, again.body);
        ids.push(first.text("id"));
    }
    create(&app, "https://example.com/10", &[], "10").await.then_problem(409, "webhook-limit");
    app.when(delete(format!("/v1/webhooks/{}", ids[4]))).await.then(204);
    create(&app, "https://example.com/10", &[], "10").await.then(201);
    create(&app, "https://example.com/11", &[], "11").await.then_problem(409, "webhook-limit");
    app.settle().await;
    let listed = app.when(get("/v1/webhooks")).await.then(200).body;
    assert_eq!(listed["items"].as_array().unwrap().len(), 10);
    app.when(get(format!("/v1/webhooks/{}", ids[4]))).await.then_problem(404, "no-such-webhook");
    app.when(delete(format!("/v1/webhooks/{}", ids[4]))).await.then_problem(404, "no-such-webhook");
}

#[tokio::test]
async fn what_is_no_address_or_no_type_is_named() {
    let app = App::empty().await;
    for (url, code) in [
        ("example.com", "webhook-url-invalid"),
        ("http://example.com/", "webhook-url-not-https"),
        ("https://me:secret@example.com/", "webhook-url-credentials"),
        ("https://10.0.0.1/", "webhook-url-not-public"),
        ("https://169.254.169.254/latest/meta-data/", "webhook-url-not-public"),
        ("https://[::ffff:192.168.0.1]/", "webhook-url-not-public"),
    ] {
        let refused = create(&app, url, &["user.created", "user.*"], "k").await;
        let refused = refused.then_problem(422, "invalid-value").body;
        let named: Vec<_> =
            refused["errors"].as_array().unwrap().iter().map(|one| one["code"].clone()).collect();
        assert_eq!(named, [code, "event-type-unknown"], "{url}");
    }
}

#[tokio::test]
async fn a_webhook_is_changed_disabled_and_enabled() {
    let (app, receiver) = (App::start().await, Receiver::start().await);
    let (id, _) = webhook(&app, &receiver, &["role.created"]).await;
    let change = patch(format!("/v1/webhooks/{id}"), &json!({ "types": ["role.retired"] }));
    app.when(change.clone().without("if-match")).await.then_problem(428, "precondition-required");
    let changed = app.when(change.header("if-match", "\"1\"")).await.then(200);
    assert_eq!(changed.body["types"], json!(["role.retired"]));
    app.when(on(&id, "disable")).await.then(200);
    work(&app).await;
    app.clock.advance(A_LITTLE_LATER);
    role(&app, "pilot").await;
    app.when(post("/v1/roles/pilot/retire", &json!({}))).await.then(200);
    work(&app).await;
    assert_eq!(receiver.received().len(), 0);
    let disabled = shown(&app, &id).await;
    assert_eq!((&disabled["enabled"], &disabled["disabledReason"]), (&json!(false), &json!("asked")));
    app.when(on(&id, "enable")).await.then(200);
    work(&app).await;
    app.clock.advance(A_LITTLE_LATER);
    role(&app, "diver").await;
    app.when(post("/v1/roles/diver/retire", &json!({}))).await.then(200);
    work(&app).await;
    let types: Vec<Value> = receiver.received().iter().map(|one| one.json()["type"].clone()).collect();
    assert_eq!(types, ["role.retired"]);
}

#[tokio::test]
async fn for_a_day_the_old_secret_signs_too() {
    let (app, receiver) = (App::start().await, Receiver::start().await);
    let (id, old) = webhook(&app, &receiver, &["role.created"]).await;
    let rotated = app.when(on(&id, "rotate-secret").key("turn")).await.then(200);
    let again = app.when(on(&id, "rotate-secret").key("turn")).await.then(200);
    assert_eq!(rotated.body, again.body);
    let new = rotated.text("secret");
    assert!(shown(&app, &id).await.get("secret").is_none());
    role(&app, "pilot").await;
    work(&app).await;
    app.clock.advance(TimeDelta::hours(24));
    role(&app, "diver").await;
    work(&app).await;
    let [first, second] = &receiver.received()[..] else { panic!("two") };
    assert!(is_signed_by(first, &new) && is_signed_by(first, &old));
    assert!(is_signed_by(second, &new) && !is_signed_by(second, &old));
}

#[tokio::test]
async fn a_test_is_sent_once_whether_the_webhook_is_enabled_or_not() {
    let (app, receiver) = (App::start().await, Receiver::start().await);
    let (id, secret) = webhook(&app, &receiver, &["role.created"]).await;
    app.when(on(&id, "disable")).await.then(200);
    receiver.answers(500);
    let delivery = app.when(on(&id, "test")).await.then(202).text("delivery");
    work(&app).await;
    let [received] = &receiver.received()[..] else { panic!("one") };
    assert_eq!(
        (received.header("webhook-id"), &received.json()["type"]),
        (delivery.as_str(), &json!("rollcall.webhook.test"))
    );
    assert!(is_signed_by(received, &secret));
    let redeliver = on(&id, &format!("deliveries/{delivery}/redeliver"));
    app.when(redeliver).await.then_problem(404, "no-such-delivery");
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn an_event_is_delivered_again_under_the_same_id() {
    let (app, receiver) = (App::start().await, Receiver::start().await);
    let (id, _) = webhook(&app, &receiver, &["role.created"]).await;
    role(&app, "pilot").await;
    work(&app).await;
    let delivery = tries(&app, &id).await[0]["delivery"].as_str().unwrap().to_owned();
    app.clock.advance(TimeDelta::minutes(1));
    app.when(on(&id, &format!("deliveries/{delivery}/redeliver"))).await.then(202);
    work(&app).await;
    let [first, second] = &receiver.received()[..] else { panic!("two") };
    assert_eq!(first.header("webhook-id"), second.header("webhook-id"));
    assert_eq!(first.body, second.body);
    app.when(on(&id, "disable")).await.then(200);
    let again = on(&id, &format!("deliveries/{delivery}/redeliver"));
    app.when(again).await.then_problem(409, "webhook-disabled");
    for unknown in ["msg_1", "hello", "msg_dXNlci8xLzEvbm9ib2R5"] {
        let say = on(&id, &format!("deliveries/{unknown}/redeliver"));
        app.when(say).await.then_problem(404, "no-such-delivery");
    }
}
