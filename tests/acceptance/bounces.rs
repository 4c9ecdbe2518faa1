//! What the mail provider tells of mails that it had taken.

use acceptance::{App, delete, post};
use chrono::TimeDelta;
use infra_local::faults::Fault;
use serde_json::{Value, json};

/// What EventBridge passes on from SES, of the confirmation of this number.
fn report(id: &str, confirmation: u32, message: &str, detail: &Value) -> String {
    let mail = json!({
        "timestamp": "2026-11-21T12:00:00.000Z", "messageId": message,
        "tags": { "ses:configuration-set": ["rollcall"], "tenant": ["acme"], "user": [id],
                  "confirmation": [confirmation.to_string()] },
    });
    let mut detail = detail.clone();
    detail["mail"] = mail;
    json!({ "version": "0", "id": "1", "detail-type": "Email Bounced", "source": "aws.ses",
            "account": "123456789012", "time": "2026-11-21T12:00:01Z", "region": "eu-west-1",
            "resources": [], "detail": detail })
    .to_string()
}

fn bounce(kind: &str) -> Value {
    json!({ "eventType": "Bounce", "bounce": { "bounceType": kind, "bounceSubType": "General" } })
}

fn complaint() -> Value {
    json!({ "eventType": "Complaint", "complaint": { "complaintFeedbackType": "abuse" } })
}

fn flags(types: &[String]) -> usize {
    types.iter().filter(|name| *name == "user.email_flagged").count()
}

#[tokio::test]
async fn a_mail_that_bounces_fails_the_user_and_kills_its_link() {
    let app = App::start().await;
    let id = app.provisioned("bob", &["engineer"]).await;
    app.tell(report(&id, 1, "m-1", &bounce("Permanent"))).await;
    let seen = app.user(&id).await;
    assert_eq!((&seen["status"], &seen["emailFlag"]), (&json!("provisioning_failed"), &json!("bounce")));
    let steps = app.provisioning(&id).await["steps"].clone();
    assert_eq!((&steps[1]["state"], &steps[1]["error"]), (&json!("failed"), &json!("mail-bounced")));
    assert_eq!(steps[0]["state"], "succeeded", "the link to the role is kept");
    app.confirm(&app.mails.last().token).await.then_problem(410, "confirmation-revoked");
    app.then_nothing_is_left().await;

    let email = json!({ "email": "new@example.com" });
    app.when(post(format!("/v1/users/{id}/email"), &email)).await.then(202);
    let seen = app.user(&id).await;
    assert_eq!((&seen["status"], &seen["emailFlag"]), (&json!("pending_confirmation"), &Value::Null));
    app.confirm(&app.mails.last().token).await.then(200);
    app.settle().await;
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn a_mail_that_bounced_can_be_sent_again() {
    let app = App::start().await;
    let id = app.provisioned("bob", &[]).await;
    app.tell(report(&id, 1, "m-1", &bounce("Permanent"))).await;
    app.settle().await;
    app.clock.advance(TimeDelta::minutes(1));
    app.command(&id, "resend-confirmation").await.then(202);
    app.settle().await;
    assert_eq!(app.status(&id).await, "pending_confirmation");
    app.confirm(&app.mails.last().token).await.then(200);
    app.settle().await;
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn what_is_not_final_changes_nothing() {
    let app = App::start().await;
    let id = app.provisioned("bob", &[]).await;
    let commits = app.commits(&id).await.len();
    for detail in [bounce("Transient"), bounce("Undetermined"), json!({ "eventType": "Delivery" })] {
        app.tell(report(&id, 1, "m-1", &detail)).await;
    }
    app.settle().await;
    assert_eq!(app.commits(&id).await.len(), commits);
    app.then_nothing_is_left().await;
    app.confirm(&app.mails.last().token).await.then(200);
}

#[tokio::test]
async fn a_complaint_is_shown_and_stops_nothing() {
    let app = App::start().await;
    let id = app.provisioned("bob", &[]).await;
    app.tell(report(&id, 1, "m-1", &complaint())).await;
    let seen = app.user(&id).await;
    assert_eq!((&seen["status"], &seen["emailFlag"]), (&json!("pending_confirmation"), &json!("complaint")));
    app.confirm(&app.mails.last().token).await.then(200);
    app.settle().await;
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn what_is_told_again_and_again_is_recorded_once() {
    let app = App::start().await;
    let id = app.provisioned("bob", &[]).await;
    for message in ["m-1", "m-1", "m-2"] {
        app.tell(report(&id, 1, message, &bounce("Permanent"))).await;
    }
    app.settle().await;
    assert_eq!(flags(&app.event_types(&id).await), 1);
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn a_bounce_of_a_link_that_is_not_the_newest_says_nothing_about_the_newest() {
    let app = App::start().await;
    let id = app.provisioned("bob", &[]).await;
    app.clock.advance(TimeDelta::minutes(1));
    app.command(&id, "resend-confirmation").await.then(202);
    app.settle().await;
    app.tell(report(&id, 1, "m-1", &bounce("Permanent"))).await;
    assert_eq!(app.user(&id).await["status"], "pending_confirmation");
    app.confirm(&app.mails.last().token).await.then(200);
    app.settle().await;
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn a_bounce_of_a_confirmed_address_is_only_shown() {
    let app = App::start().await;
    let id = app.active("bob", &[]).await;
    app.tell(report(&id, 1, "m-1", &bounce("Permanent"))).await;
    let seen = app.user(&id).await;
    assert_eq!((&seen["status"], &seen["emailFlag"]), (&json!("active"), &json!("bounce")));
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn a_new_address_that_bounces_is_given_up_and_the_old_one_stays() {
    let app = App::start().await;
    let id = app.active("bob", &[]).await;
    let email = json!({ "email": "new@example.com" });
    app.when(post(format!("/v1/users/{id}/email"), &email)).await.then(202);
    app.settle().await;
    let token = app.mails.sent().into_iter().find(|mail| mail.to == "new@example.com").unwrap().token;
    app.tell(report(&id, 2, "m-2", &bounce("Permanent"))).await;
    let seen = app.user(&id).await;
    assert_eq!((&seen["status"], &seen["email"]), (&json!("active"), &json!("bob@example.com")));
    assert_eq!(seen["pendingEmail"], Value::Null);
    assert!(app.email_is_free("new@example.com").await);
    app.confirm(&token).await.then_problem(410, "confirmation-revoked");
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn a_report_of_somebody_who_is_not_there_is_taken_note_of_and_gone() {
    let app = App::start().await;
    let id = app.provisioned("bob", &[]).await;
    let stored = app.stored().await.len();
    app.tell(report("00000000-0000-4000-8000-000000000000", 1, "m-1", &bounce("Permanent"))).await;
    app.tell(report(&id, 9, "m-1", &bounce("Permanent"))).await;
    app.settle().await;
    assert_eq!(app.stored().await.len(), stored);
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn a_report_of_who_is_shut_off_or_deleted_changes_nothing_but_the_flag() {
    let app = App::start().await;
    let bob = app.provisioned("bob", &[]).await;
    app.command(&bob, "deactivate").await.then(200);
    let carol = app.provisioned("carol", &[]).await;
    app.when(delete(format!("/v1/users/{carol}"))).await.then(204);
    for id in [&bob, &carol] {
        app.tell(report(id, 1, "m-1", &bounce("Permanent"))).await;
    }
    app.settle().await;
    assert_eq!(app.status(&bob).await, "inactive");
    for id in [&bob, &carol] {
        assert_eq!(app.event_types(id).await.last().unwrap(), "user.email_flagged");
    }
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn a_report_that_cannot_be_recorded_comes_again() {
    let app = App::start().await;
    let id = app.provisioned("bob", &[]).await;
    app.tell(report(&id, 1, "m-1", &bounce("Permanent"))).await;
    app.tap.reset();
    for _ in 0..3 {
        app.tap.inject("PutItem", Fault::ServerError);
    }
    app.settle().await;
    assert_eq!((app.tap.unmet(), app.status(&id).await.as_str()), (0, "pending_confirmation"));
    app.clock.advance(TimeDelta::seconds(10));
    app.settle().await;
    assert_eq!(app.status(&id).await, "provisioning_failed");
    app.then_nothing_is_left().await;
}
