//! Keys that are changed while links and cursors made with them are out.

use acceptance::{App, confirm, get};
use chrono::TimeDelta;
use infra_aws::{
    environment::{KeyRing, SecretKey},
    mail::MailError,
};
use infra_local::{host::Functions, secrets::Secrets};

fn new() -> SecretKey {
    SecretKey::new([9; 32])
}

fn known(ring: &mut KeyRing) {
    ring.other = Some(new());
}

fn turned(ring: &mut KeyRing) {
    *ring = KeyRing { other: Some(ring.current.clone()), current: new() };
}

fn dropped(ring: &mut KeyRing) {
    *ring = new().into();
}

/// The functions of a deployment with other confirmation keys.
fn with_confirmation(app: &App, change: fn(&mut KeyRing)) -> Functions {
    app.deployed_with(|secrets: &mut Secrets| change(&mut secrets.confirmation_keys))
}

/// Bob, whose mail a worker has claimed and not sent, and the step that is to be tried again.
async fn mail_in_flight(app: &App) -> (String, aws_lambda_events::sqs::SqsEvent) {
    let id = app.accepted("bob", &[]).await;
    app.backend.dispatch().await.unwrap();
    let mail = app.take_steps(1).await;
    app.mails.fail_next(MailError::Unavailable("down".into()));
    assert_eq!(app.work_on(&mail).await.len(), 1);
    assert!(app.mails.sent().is_empty());
    app.clock.advance(TimeDelta::minutes(2));
    (id, mail)
}

#[tokio::test]
async fn a_mail_in_flight_goes_out_after_the_rotation_with_the_link_that_was_claimed() {
    for change in [known, turned] {
        let app = App::start().await;
        let (id, mail) = mail_in_flight(&app).await;
        let functions = with_confirmation(&app, change);
        assert!(functions.worker.handle(mail, None).await.batch_item_failures.is_empty());
        app.confirm(&app.mails.last().token).await.then(200);
        assert_eq!(app.user(&id).await["status"], "active");
    }
}

#[tokio::test]
async fn a_mail_that_was_claimed_with_the_new_key_is_left_to_a_worker_that_has_it() {
    let app = App::start().await;
    let id = app.accepted("bob", &[]).await;
    app.backend.dispatch().await.unwrap();
    let mail = app.take_steps(1).await;
    let functions = with_confirmation(&app, turned);
    app.mails.fail_next(MailError::Unavailable("down".into()));
    assert_eq!(functions.worker.handle(mail.clone(), None).await.batch_item_failures.len(), 1);
    app.clock.advance(TimeDelta::minutes(2));
    // A worker of the deployment before. A link that leads nowhere is not sent.
    assert_eq!(app.work_on(&mail).await.len(), 1);
    assert!(app.mails.sent().is_empty());
    app.clock.advance(TimeDelta::minutes(2));
    assert!(functions.worker.handle(mail, None).await.batch_item_failures.is_empty());
    app.confirm(&app.mails.last().token).await.then(200);
    assert_eq!(app.user(&id).await["status"], "active");
}

#[tokio::test]
async fn a_mail_whose_key_was_dropped_too_early_fails_and_a_new_link_can_be_sent() {
    let app = App::start().await;
    let (id, mail) = mail_in_flight(&app).await;
    let functions = with_confirmation(&app, dropped);
    for message in 1..5 {
        let mut mail = mail.clone();
        mail.records[0].message_id = Some(format!("delivery-{message}"));
        functions.worker.handle(mail, None).await;
        app.clock.advance(TimeDelta::minutes(2));
    }
    assert!(app.mails.sent().is_empty());
    assert_eq!(app.status(&id).await, "provisioning_failed");
    app.command(&id, "retry-provisioning").await.then(202);
    app.backend.dispatch().await.unwrap();
    // The old message is still there, too; its turn has passed.
    let again = app.take_steps(2).await;
    assert!(functions.worker.handle(again, None).await.batch_item_failures.is_empty());
    app.confirm(&app.mails.last().token).await.then(200);
}

#[tokio::test]
async fn a_link_that_was_sent_before_the_rotation_works_after_it_and_after_the_drop() {
    for change in [known, turned, dropped] {
        let app = App::start().await;
        app.provisioned("bob", &[]).await;
        let functions = with_confirmation(&app, change);
        let confirmed = confirm(&app.mails.last().token);
        app.door_to(&functions).send(confirmed).await.then(200);
    }
}

#[tokio::test]
async fn a_cursor_leads_on_after_the_rotation_and_nowhere_after_the_drop() {
    let app = App::start().await;
    for name in ["alice", "bob"] {
        app.provisioned(name, &[]).await;
    }
    let first = app.when(get("/v1/users?limit=1")).await.then(200);
    let next = format!("/v1/users?limit=1&cursor={}", first.text("next"));
    for (change, expected) in [(known as fn(&mut KeyRing), 200), (turned, 200), (dropped, 400)] {
        let functions = app.deployed_with(|secrets| change(&mut secrets.cursor_keys));
        app.door_to(&functions).send(get(next.clone())).await.then(expected);
    }
    let turned = app.deployed_with(|secrets| turned(&mut secrets.cursor_keys));
    let first = app.door_to(&turned).send(get("/v1/users?limit=1")).await.then(200);
    let next = format!("/v1/users?limit=1&cursor={}", first.text("next"));
    app.when(get(next.clone())).await.then(400);
    let known = app.deployed_with(|secrets| known(&mut secrets.cursor_keys));
    app.door_to(&known).send(get(next)).await.then(200);
}
