//! Two at the same instant: every race that has a ruling, in both orders. The second one is let in exactly
//! before the write that decides the first.

use std::sync::{Arc, Mutex};

use acceptance::{Answer, App, Say, alice, command, confirm, delete, post};
use chrono::TimeDelta;
use infra_local::faults::At;
use serde_json::json;

const WRITE: &str = "PutItem";
/// Of a command that claims or releases something.
const TRANSACTION: &str = "TransactWriteItems";

/// Sends `late`, and `early` just before the request of `late` that decides it.
async fn meet(app: &App, late: Say, at: &str, early: Say) -> (Answer, Answer) {
    let (door, answered): (_, Arc<Mutex<Option<Answer>>>) = (app.door(), Arc::default());
    let keep = answered.clone();
    app.tap.reset();
    app.tap.before_request(At::Next(at.into()), move || {
        Box::pin(async move {
            let answer = door.send(early).await;
            *keep.lock().unwrap() = Some(answer);
        })
    });
    let late = app.when(late).await;
    assert_eq!(app.tap.unmet(), 0, "the two have not met");
    let early = answered.lock().unwrap().take().unwrap();
    (late, early)
}

/// Bob, whose confirmation is out; his id and its token.
async fn pending() -> (App, String, String) {
    let app = App::start().await;
    let id = app.provisioned("bob", &["engineer"]).await;
    app.clock.advance(TimeDelta::minutes(1));
    let token = app.mails.last().token;
    (app, id, token)
}

async fn then_done(app: &App, id: &str, status: &str) {
    app.settle().await;
    assert_eq!(app.status(id).await, status);
    app.then_nothing_is_left().await;
}

fn change_email(id: &str) -> Say {
    post(format!("/v1/users/{id}/email"), &json!({ "email": "new@example.com" }))
}

/// The confirmation's step is on the queue.
async fn about_to_mail() -> (App, String) {
    let app = App::start().await;
    let id = app.accepted("bob", &[]).await;
    app.backend.dispatch().await.unwrap();
    (app, id)
}

#[tokio::test]
async fn deactivate_and_mail() {
    // The deactivation comes before the worker's claim: nothing is sent.
    let (app, id) = about_to_mail().await;
    let (door, say) = (app.door(), command(&id, "deactivate"));
    app.tap.reset();
    app.tap.before_request(WRITE, move || Box::pin(async move { drop(door.send(say).await.then(200)) }));
    app.settle().await;
    assert_eq!((app.tap.unmet(), app.mails.sent().len()), (0, 0));
    then_done(&app, &id, "inactive").await;

    // The claim comes first: the mail goes out with a dead link, and its receipt is late.
    let (app, id) = about_to_mail().await;
    let steps = app.take_steps(1).await;
    let worker = app.backend.functions.worker.clone();
    let (door, say, mails) = (app.door(), command(&id, "deactivate"), app.mails.clone());
    mails.during_next(move || Box::pin(async move { drop(door.send(say).await.then(200)) }));
    assert!(worker.handle(steps, None).await.batch_item_failures.is_empty());
    app.confirm(&mails.last().token).await.then_problem(410, "confirmation-revoked");
    assert_eq!(app.event_types(&id).await.last().unwrap(), "provisioning.step_result_ignored");
}

#[tokio::test]
async fn deactivate_and_confirm() {
    let (app, id, token) = pending().await;
    let (confirmed, off) = meet(&app, confirm(&token), WRITE, command(&id, "deactivate")).await;
    off.then(200);
    confirmed.then_problem(410, "confirmation-revoked");
    then_done(&app, &id, "inactive").await;

    let (app, id, token) = pending().await;
    let (off, confirmed) = meet(&app, command(&id, "deactivate"), WRITE, confirm(&token)).await;
    assert_eq!(confirmed.then(200).text("status"), "active");
    assert_eq!(off.then(200).text("status"), "inactive");
    then_done(&app, &id, "inactive").await;
    let back = app.command(&id, "reactivate").await.then(200);
    assert_eq!(back.text("status"), "active", "the address was confirmed");
}

#[tokio::test]
async fn delete_and_confirm() {
    let remove = |id: &str| delete(format!("/v1/users/{id}"));
    let (app, id, token) = pending().await;
    let (confirmed, gone) = meet(&app, confirm(&token), WRITE, remove(&id)).await;
    gone.then(204);
    confirmed.then_problem(404, "confirmation-unknown");
    app.confirm(&token).await.then_problem(404, "confirmation-unknown");
    app.settle().await;
    app.then_nothing_is_left().await;

    let (app, id, token) = pending().await;
    let (gone, confirmed) = meet(&app, remove(&id), TRANSACTION, confirm(&token)).await;
    confirmed.then(200);
    gone.then(204);
    app.command(&id, "restore").await.then(200);
    app.command(&id, "reactivate").await.then(200);
    then_done(&app, &id, "active").await;
}

#[tokio::test]
async fn change_email_and_confirm_the_old_one() {
    let (app, id, token) = pending().await;
    let (confirmed, changed) = meet(&app, confirm(&token), WRITE, change_email(&id)).await;
    changed.then(202);
    confirmed.then_problem(410, "confirmation-revoked");
    then_done(&app, &id, "pending_confirmation").await;
    assert_eq!(app.mails.last().to, "new@example.com");

    let (app, id, token) = pending().await;
    let (changed, confirmed) = meet(&app, change_email(&id), TRANSACTION, confirm(&token)).await;
    confirmed.then(200);
    assert_eq!(changed.then(202).text("status"), "active");
    let seen = app.user(&id).await;
    assert_eq!(
        (&seen["email"], &seen["pendingEmail"]),
        (&json!("bob@example.com"), &json!("new@example.com"))
    );
    then_done(&app, &id, "active").await;
}

#[tokio::test]
async fn resend_and_resend() {
    let (app, id, token) = pending().await;
    let again = || command(&id, "resend-confirmation");
    let (late, early) = meet(&app, again(), WRITE, again()).await;
    early.then(202);
    assert_eq!(late.then_problem(429, "resend-limit").header("retry-after"), "60");
    then_done(&app, &id, "pending_confirmation").await;
    assert_eq!(app.mails.sent().len(), 2);
    app.confirm(&token).await.then_problem(410, "confirmation-revoked");
    app.confirm(&app.mails.last().token).await.then(200);
}

#[tokio::test]
async fn resend_and_confirm_the_old_one() {
    let (app, id, token) = pending().await;
    let again = command(&id, "resend-confirmation");
    let (confirmed, resent) = meet(&app, confirm(&token), WRITE, again.clone()).await;
    resent.then(202);
    confirmed.then_problem(410, "confirmation-revoked");
    then_done(&app, &id, "pending_confirmation").await;
    app.confirm(&app.mails.last().token).await.then(200);
    then_done(&app, &id, "active").await;

    let (app, id, token) = pending().await;
    let (resent, confirmed) = meet(&app, again, WRITE, confirm(&token)).await;
    confirmed.then(200);
    resent.then_problem(409, "already-confirmed");
    then_done(&app, &id, "active").await;
    assert_eq!(app.mails.sent().len(), 1);
}

#[tokio::test]
async fn create_and_create() {
    let new = |name: &str, key: &str| {
        let body = json!({ "userName": name, "displayName": "N", "email": "same@example.com" });
        post("/v1/users", &body).key(key)
    };
    for (late, early) in [("a", "b"), ("b", "a")] {
        let app = App::start().await;
        let (lost, won) = meet(&app, new(late, late), TRANSACTION, new(early, early)).await;
        won.then(202);
        lost.then_problem(409, "email-taken");
        assert_eq!(app.commits(&app.derived_id(late)).await.len(), 0);
        app.settle().await;
        assert_eq!(app.mails.sent().len(), 1);
        app.then_nothing_is_left().await;
    }

    // One request that was sent twice is carried out once.
    let app = App::start().await;
    let say = post("/v1/users", &alice()).key("alice");
    let (late, early) = meet(&app, say.clone(), TRANSACTION, say).await;
    assert_eq!((late.then(202).body), early.then(202).body);
    then_done(&app, &app.derived_id("alice"), "pending_confirmation").await;
    assert_eq!(app.mails.sent().len(), 1);

    // Two requests under one key are not.
    let app = App::start().await;
    let (lost, won) = meet(&app, new("a", "same"), TRANSACTION, new("b", "same")).await;
    won.then(202);
    lost.then_problem(422, "idempotency-key-reused");
}

#[tokio::test]
async fn deactivate_and_reactivate() {
    let app = App::start().await;
    let id = app.active("bob", &[]).await;
    let (off, on) = (command(&id, "deactivate"), command(&id, "reactivate"));

    // There was nothing to reactivate yet.
    let (late, early) = meet(&app, off.clone(), WRITE, on.clone()).await;
    assert_eq!([early.then(200).text("status"), late.then(200).text("status")], ["active", "inactive"]);
    // And nothing to deactivate.
    let (late, early) = meet(&app, on.clone(), WRITE, off.clone()).await;
    assert_eq!([early.then(200).text("status"), late.then(200).text("status")], ["inactive", "active"]);

    // Who loses the version decides again: the user was let in meanwhile, and is to be shut off.
    app.when(off.clone()).await.then(200);
    app.when(on.clone()).await.then(200);
    let (late, early) = meet(&app, off.clone(), WRITE, off.clone()).await;
    assert_eq!([early.then(200).text("status"), late.then(200).text("status")], ["inactive", "inactive"]);
    let (late, early) = meet(&app, on.clone(), WRITE, on).await;
    assert_eq!([early.then(200).text("status"), late.then(200).text("status")], ["active", "active"]);
    let types = app.event_types(&id).await;
    let count = |name: &str| types.iter().filter(|other| *other == name).count();
    assert_eq!([count("user.deactivated"), count("user.reactivated")], [3, 3], "each counts once");
    then_done(&app, &id, "active").await;
}

#[tokio::test]
async fn cancel_and_the_last_step() {
    // The cancellation comes before the receipt: the result is late.
    let (app, id) = about_to_mail().await;
    let (tap, door, say) = (app.tap.clone(), app.door(), command(&id, "cancel-provisioning"));
    app.tap.reset();
    app.mails.during_next(move || {
        Box::pin(async move {
            tap.before_request(WRITE, move || Box::pin(async move { drop(door.send(say).await.then(202)) }));
        })
    });
    app.settle().await;
    assert_eq!(app.tap.unmet(), 0);
    assert_eq!(app.event_types(&id).await.last().unwrap(), "provisioning.step_result_ignored");
    app.confirm(&app.mails.last().token).await.then_problem(410, "confirmation-revoked");
    then_done(&app, &id, "inactive").await;

    // The receipt comes first: what is cancelled is provisioned already.
    let (app, id) = about_to_mail().await;
    let (steps, worker) = (app.take_steps(1).await, app.backend.functions.worker.clone());
    app.tap.reset();
    app.tap.before_request(WRITE, move || {
        Box::pin(async move { assert!(worker.handle(steps, None).await.batch_item_failures.is_empty()) })
    });
    app.command(&id, "cancel-provisioning").await.then(202);
    assert_eq!(app.tap.unmet(), 0);
    let types = app.event_types(&id).await;
    let at = types.iter().position(|name| name == "user.provisioned").unwrap();
    assert_eq!(
        types[at + 1..],
        ["user.deactivated", "provisioning.stopped", "confirmation.revoked", "provisioning.compensated"]
    );
    app.confirm(&app.mails.last().token).await.then_problem(410, "confirmation-revoked");
}
