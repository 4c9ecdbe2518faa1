//! Provisioning that is tried again, called off, or sent out once more.

use acceptance::{App, post};
use chrono::TimeDelta;
use infra_aws::mail::MailError;
use serde_json::json;

/// Bob, whose mail was refused a minute ago, with the role engineer linked.
async fn refused() -> (App, String) {
    let app = App::start().await;
    app.mails.fail_next(MailError::Refused("550".into()));
    let id = app.accepted("bob", &["engineer"]).await;
    app.settle().await;
    assert_eq!(app.status(&id).await, "provisioning_failed");
    app.clock.advance(TimeDelta::minutes(1));
    (app, id)
}

#[tokio::test]
async fn a_retry_does_only_what_failed() {
    let (app, id) = refused().await;
    assert_eq!(app.command(&id, "retry-provisioning").await.then(202).text("status"), "provisioning");
    app.settle().await;
    let seen = app.provisioning(&id).await;
    assert_eq!((&seen["status"], &seen["attempt"]), (&json!("pending_confirmation"), &json!(2)));
    assert_eq!(app.steps(&id).await, ["link_role:engineer succeeded", "send_confirmation succeeded"]);
    let links = app.event_types(&id).await.into_iter().filter(|name| name == "user.role_linked");
    assert_eq!(links.count(), 1);
    app.confirm(&app.mails.last().token).await.then(200);
    app.settle().await;
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn a_retry_that_sends_a_mail_is_within_the_limits_of_resends() {
    let app = App::start().await;
    app.mails.fail_next(MailError::Refused("550".into()));
    let id = app.accepted("bob", &[]).await;
    app.settle().await;
    let limited = app.command(&id, "retry-provisioning").await.then_problem(429, "resend-limit");
    assert_eq!(limited.header("retry-after"), "60");
    for _ in 0..5 {
        app.clock.advance(TimeDelta::minutes(1));
        app.mails.fail_next(MailError::Refused("550".into()));
        app.command(&id, "retry-provisioning").await.then(202);
        app.settle().await;
    }
    app.clock.advance(TimeDelta::minutes(1));
    for name in ["retry-provisioning", "resend-confirmation"] {
        app.command(&id, name).await.then_problem(429, "resend-limit");
    }
    assert!(app.mails.sent().is_empty());
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn there_is_nothing_to_retry_where_nothing_has_failed() {
    let app = App::start().await;
    let id = app.alice().await;
    app.command(&id, "retry-provisioning").await.then_problem(409, "nothing-to-retry");
    app.settle().await;
    app.command(&id, "retry-provisioning").await.then_problem(409, "nothing-to-retry");
    app.confirm(&app.mails.last().token).await.then(200);
    app.command(&id, "retry-provisioning").await.then_problem(409, "nothing-to-retry");
    app.command(&id, "deactivate").await.then(200);
    app.command(&id, "retry-provisioning").await.then_problem(409, "user-inactive");
}

#[tokio::test]
async fn a_retry_of_an_expired_confirmation_sends_another() {
    let app = App::start().await;
    let id = app.provisioned("bob", &[]).await;
    app.clock.advance(TimeDelta::hours(73));
    app.backend.watch().await.unwrap();
    app.command(&id, "retry-provisioning").await.then(202);
    app.settle().await;
    assert_eq!(app.mails.sent().len(), 2);
    app.confirm(&app.mails.last().token).await.then(200);
    app.settle().await;
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn a_cancellation_takes_back_what_this_attempt_has_linked() {
    let app = App::start().await;
    let id = app.alice().await;
    app.backend.dispatch().await.unwrap();
    assert_eq!(app.backend.work(1).await.unwrap(), 1);
    assert_eq!(app.command(&id, "cancel-provisioning").await.then(202).text("status"), "inactive");
    app.settle().await;
    let seen = app.provisioning(&id).await;
    assert_eq!((&seen["status"], &seen["process"]), (&json!("inactive"), &json!("stopped")));
    assert_eq!(
        app.steps(&id).await,
        ["link_role:engineer stopped", "link_role:oncall stopped", "send_confirmation stopped"]
    );
    let types = app.event_types(&id).await;
    for once in ["user.role_unlinked", "provisioning.compensated", "user.deactivated"] {
        assert_eq!(types.iter().filter(|name| *name == once).count(), 1, "{once}");
    }
    assert!(app.mails.sent().is_empty());
    app.then_nothing_is_left().await;

    app.command(&id, "reactivate").await.then(200);
    app.settle().await;
    assert_eq!(app.status(&id).await, "pending_confirmation");
    assert_eq!(
        app.steps(&id).await,
        ["link_role:engineer succeeded", "link_role:oncall succeeded", "send_confirmation succeeded"]
    );
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn a_cancellation_kills_the_link_that_is_out_and_keeps_what_earlier_attempts_have_linked() {
    let app = App::start().await;
    let id = app.provisioned("bob", &["engineer"]).await;
    app.command(&id, "deactivate").await.then(200);
    app.command(&id, "reactivate").await.then(200);
    app.settle().await;
    let token = app.mails.last().token;
    app.command(&id, "cancel-provisioning").await.then(202);
    app.confirm(&token).await.then_problem(410, "confirmation-revoked");
    assert_eq!(app.steps(&id).await, ["link_role:engineer succeeded", "send_confirmation succeeded"]);
    assert_eq!(app.status(&id).await, "inactive");
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn what_is_over_is_not_cancelled_and_what_is_stopped_is_not_cancelled_again() {
    let app = App::start().await;
    let id = app.active("bob", &[]).await;
    app.command(&id, "cancel-provisioning").await.then_problem(409, "nothing-to-cancel");
    app.command(&id, "deactivate").await.then(200);
    let commits = app.commits(&id).await.len();
    app.command(&id, "cancel-provisioning").await.then(202);
    assert_eq!(app.commits(&id).await.len(), commits);

    let (failed_app, failed) = refused().await;
    failed_app.command(&failed, "cancel-provisioning").await.then(202);
    assert_eq!(failed_app.steps(&failed).await, ["link_role:engineer stopped", "send_confirmation failed"]);
    failed_app.then_nothing_is_left().await;
}

#[tokio::test]
async fn a_confirmation_is_sent_again_five_times_in_a_day_a_minute_apart() {
    let app = App::start().await;
    let id = app.provisioned("bob", &[]).await;
    for sent in 1..=5 {
        app.command(&id, "resend-confirmation").await.then_problem(429, "resend-limit");
        app.clock.advance(TimeDelta::minutes(1));
        app.command(&id, "resend-confirmation").await.then(202);
        app.settle().await;
        assert_eq!(app.mails.sent().len(), sent + 1);
    }
    app.clock.advance(TimeDelta::minutes(1));
    let limited = app.command(&id, "resend-confirmation").await.then_problem(429, "resend-limit");
    let wait: i64 = limited.header("retry-after").parse().unwrap();
    assert_eq!(wait, 24 * 3600 - 5 * 60, "a day after the first of them");
    app.clock.advance(TimeDelta::seconds(wait - 1));
    app.command(&id, "resend-confirmation").await.then_problem(429, "resend-limit");
    app.clock.advance(TimeDelta::seconds(1));
    app.command(&id, "resend-confirmation").await.then(202);
    app.settle().await;

    let mut tokens: Vec<String> = app.mails.sent().into_iter().map(|mail| mail.token).collect();
    let newest = tokens.pop().unwrap();
    for token in tokens {
        app.confirm(&token).await.then_problem(410, "confirmation-revoked");
    }
    app.confirm(&newest).await.then(200);
    app.settle().await;
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn a_mail_is_not_sent_again_where_none_was_due() {
    let app = App::start().await;
    let bob = app.accepted("bob", &["engineer"]).await;
    app.when(post("/v1/roles/engineer/retire", &json!({}))).await.then(200);
    app.settle().await;
    app.command(&bob, "resend-confirmation").await.then_problem(409, "provisioning-failed");
    let carol = app.active("carol", &[]).await;
    app.command(&carol, "resend-confirmation").await.then_problem(409, "already-confirmed");
    app.command(&carol, "deactivate").await.then(200);
    app.command(&carol, "resend-confirmation").await.then_problem(409, "user-inactive");
    app.settle().await;
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn a_mail_to_a_new_address_is_sent_again_to_that_one() {
    let app = App::start().await;
    let id = app.active("bob", &[]).await;
    let email = json!({ "email": "new@example.com" });
    app.when(post(format!("/v1/users/{id}/email"), &email)).await.then(202);
    app.settle().await;
    app.clock.advance(TimeDelta::minutes(1));
    app.command(&id, "resend-confirmation").await.then(202);
    app.settle().await;
    assert_eq!(app.mails.last().to, "new@example.com");
    assert_eq!(app.mails.sent().len(), 4, "the old address is told once");
    app.confirm(&app.mails.last().token).await.then(200);
    assert_eq!(app.user(&id).await["email"], "new@example.com");
    app.then_nothing_is_left().await;
}
