//! What clients can rely on when they repeat, race and condition their commands.

use acceptance::{App, alice, get, post};
use chrono::TimeDelta;
use domain::CallerRole;
use serde_json::json;

#[tokio::test]
async fn a_repeated_creation_meets_itself() {
    let app = App::start().await;
    let first = app.when(post("/v1/users", &alice()).key("k")).await.then(202);
    app.settle().await;
    let stored = app.stored().await.len();
    let again = app.when(post("/v1/users", &alice()).key("k")).await.then(202);
    assert_eq!(first.body, again.body, "the answer is the first one, although the user has moved on");
    for name in ["location", "link", "etag"] {
        assert_eq!(first.header(name), again.header(name));
    }
    let quoted = app.when(post("/v1/users", &alice()).key("\"k\"")).await.then(202);
    assert_eq!(first.body, quoted.body);
    assert_eq!(app.stored().await.len(), stored);
}

#[tokio::test]
async fn one_key_is_one_creation_also_at_the_same_instant() {
    let app = App::start().await;
    let says = (0..8).map(|_| app.when(post("/v1/users", &alice()).key("k")));
    let answers = futures_util::future::join_all(says).await;
    let first = answers[0].body.clone();
    assert!(answers.into_iter().all(|answer| answer.then(202).body == first));
    assert_eq!(app.commits(&app.derived_id("k")).await.len(), 1);
}

#[tokio::test]
async fn a_key_belongs_to_one_request() {
    let app = App::start().await;
    app.when(post("/v1/users", &alice()).key("k")).await.then(202);
    let mut other = alice();
    other["displayName"] = json!("Somebody Else");
    app.when(post("/v1/users", &other).key("k")).await.then_problem(422, "idempotency-key-reused");

    let id = app.derived_id("k");
    let deactivate =
        |reason: &str| post(format!("/v1/users/{id}/deactivate"), &json!({ "reason": reason })).key("d");
    app.when(deactivate("requested")).await.then(200);
    app.when(deactivate("security")).await.then_problem(422, "idempotency-key-reused");
}

#[tokio::test]
async fn a_key_names_a_request_of_one_caller_on_one_route() {
    let app = App::start().await;
    let id = app.alice().await;
    let command = |name: &str| post(format!("/v1/users/{id}/{name}"), &json!({})).key("k");
    app.when(command("deactivate")).await.then(200);
    assert_eq!(app.when(command("reactivate")).await.then(200).text("status"), "provisioning");
    // The owner's request is not repeated by the user admin's, although they chose the same key.
    let other = app.when(command("deactivate").by(CallerRole::UserAdmin)).await.then(200);
    assert_eq!(other.text("status"), "inactive");
}

#[tokio::test]
async fn a_stale_if_match_changes_nothing() {
    let app = App::start().await;
    let id = app.alice().await;
    let deactivate = || post(format!("/v1/users/{id}/deactivate"), &json!({}));
    app.settle().await;
    app.when(deactivate().header("if-match", "\"1\"")).await.then_problem(412, "version-mismatch");
    app.when(deactivate().header("if-match", "1")).await.then_problem(400, "invalid-header");
    let etag = app.when(get(format!("/v1/users/{id}"))).await.then(200).header("etag");
    app.when(deactivate().header("if-match", &etag)).await.then(200);
}

#[tokio::test]
async fn a_resend_replaces_the_link() {
    let app = App::start().await;
    let id = app.alice().await;
    let resend = || post(format!("/v1/users/{id}/resend-confirmation"), &json!({}));
    let refused = app.when(resend()).await.then_problem(409, "not-sent-yet");
    assert_eq!(refused.header("retry-after"), "5");
    app.settle().await;

    app.clock.advance(TimeDelta::seconds(30));
    let limited = app.when(resend()).await.then_problem(429, "resend-limit");
    assert_eq!((limited.header("retry-after").as_str(), &limited.body["retryable"]), ("30", &json!(true)));
    app.clock.advance(TimeDelta::seconds(30));
    assert_eq!(app.when(resend()).await.then(202).text("status"), "pending_confirmation");
    app.settle().await;

    let [old, new] = app.mails.sent().try_into().unwrap();
    let confirm = |token: String| post("/v1/confirmations", &json!({ "token": token })).by_nobody();
    app.when(confirm(old.token)).await.then_problem(410, "confirmation-revoked");
    app.when(confirm(new.token)).await.then(200);
    app.when(resend()).await.then_problem(409, "already-confirmed");
    app.settle().await;
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn a_link_expires() {
    let app = App::start().await;
    app.alice().await;
    app.settle().await;
    app.clock.advance(TimeDelta::hours(72));
    let token = app.mails.sent().remove(0).token;
    app.when(post("/v1/confirmations", &json!({ "token": token })).by_nobody())
        .await
        .then_problem(410, "confirmation-expired");
}

#[tokio::test]
async fn a_role_is_created_once() {
    let app = App::start().await;
    let pilot = || post("/v1/roles", &json!({ "name": "pilot" }));
    let first = app.when(pilot().key("k")).await.then(201);
    assert_eq!(app.when(pilot().key("k")).await.then(201).body, first.body);
    app.when(pilot()).await.then_problem(409, "role-exists");
    app.when(post("/v1/roles", &json!({ "name": "Pilot" }))).await.then_problem(422, "invalid-value");
}

#[tokio::test]
async fn an_answer_names_its_request_and_the_events_name_their_cause() {
    let app = App::start().await;
    let answer = app
        .when(post("/v1/users", &alice()).key("alice").header("x-correlation-id", "import-7"))
        .await
        .then(202);
    assert!(!answer.header("x-request-id").is_empty());
    app.settle().await;
    let commits = app.commits(&app.derived_id("alice")).await;
    assert!(commits.iter().all(|commit| commit.metadata.correlation_id == "import-7"));
    assert_eq!(commits[0].metadata.actor, "user:owner-1");
    assert_eq!(commits[0].metadata.causation_id, None);
    let cause = commits[1].metadata.causation_id.clone().unwrap();
    assert_eq!(cause, format!("{}@1", commits[0].stream));
    assert_eq!(commits[1].metadata.actor, "system:worker");
}
