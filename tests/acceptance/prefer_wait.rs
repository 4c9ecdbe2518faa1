//! `Prefer: wait=N` on a creation: 201 when the user is provisioned in time, otherwise 202 as ever.

use acceptance::{Answer, App, Say, alice, command, get, post};
use infra_aws::mail::MailError;
use serde_json::json;

fn creation(seconds: u32) -> Say {
    post("/v1/users", &alice()).key("k").header("prefer", &format!("respond-async, wait={seconds}"))
}

/// Sends it while the backend works.
async fn while_working(app: &App, say: Say) -> Answer {
    tokio::join!(app.when(say), async {
        while app.commits(&app.derived_id("k")).await.is_empty() {
            tokio::task::yield_now().await;
        }
        app.settle().await;
    })
    .0
}

#[tokio::test]
async fn whoever_waits_is_told_of_a_provisioned_user_and_told_the_same_again() {
    let app = App::start().await;
    let created = while_working(&app, creation(20)).await.then(201);
    let id = app.derived_id("k");
    assert_eq!(created.body["id"], json!(id));
    assert_eq!(created.text("status"), "pending_confirmation");
    assert_eq!(created.header("location"), format!("/v1/users/{id}"));
    assert_eq!(created.header("preference-applied"), "wait=20");
    let read = app.when(get(format!("/v1/users/{id}"))).await.then(200);
    assert_eq!(
        (read.header("etag"), &read.body["version"]),
        (created.header("etag"), &created.body["version"])
    );

    // Whatever has become of the user since.
    app.when(command(&id, "deactivate")).await.then(200);
    let again = app.when(creation(20)).await.then(201);
    assert_eq!((again.bytes, again.headers.get("etag")), (created.bytes, created.headers.get("etag")));
    let accepted = app.when(creation(0).without("prefer")).await.then(202);
    assert_eq!(
        accepted.text("status"),
        "provisioning",
        "who does not wait is told what they were told first"
    );
    assert!(accepted.headers.get("preference-applied").is_none());
}

#[tokio::test]
async fn whoever_waits_in_vain_is_told_that_it_goes_on() {
    let app = App::start().await;
    for seconds in [0, 1] {
        let accepted = app.when(creation(seconds)).await.then(202);
        assert_eq!(accepted.text("status"), "provisioning");
        assert_eq!(accepted.header("preference-applied"), format!("wait={seconds}"));
        assert_eq!(accepted.header("etag"), "\"1\"");
    }
}

#[tokio::test]
async fn nobody_waits_for_what_has_failed_or_was_stopped() {
    let app = App::start().await;
    app.mails.fail_next(MailError::Refused("550".into()));
    let failed = while_working(&app, creation(20)).await.then(202);
    assert_eq!(failed.text("status"), "provisioning");
    assert_eq!(app.status(&app.derived_id("k")).await, "provisioning_failed");

    let app = App::start().await;
    let id = app.when(creation(0)).await.then(202).text("id");
    app.when(command(&id, "deactivate")).await.then(200);
    app.when(creation(20)).await.then(202);
}

#[tokio::test]
async fn a_trial_does_not_wait_and_a_wish_that_cannot_be_read_is_none() {
    let app = App::start().await;
    let tried = app.when(creation(20).dry()).await.then(200);
    assert!(tried.headers.get("preference-applied").is_none());
    for wish in ["wait=soon", "wait", "return=minimal", ""] {
        app.when(creation(0).header("prefer", wish)).await.then(202);
    }
}

#[tokio::test]
async fn two_who_wait_under_one_key_are_told_the_same() {
    let app = App::start().await;
    let (one, other) = tokio::join!(while_working(&app, creation(20)), app.when(creation(20)));
    assert_eq!((one.status, &one.bytes), (other.status, &other.bytes));
    assert_eq!((one.then(201).headers.get("etag"), 201), (other.headers.get("etag"), other.status));
}
