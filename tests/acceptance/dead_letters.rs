//! Steps that could not even be recorded, brought back days later.

use acceptance::{App, delete};
use chrono::TimeDelta;
use infra_local::faults::Fault;

const DEAD: &str = "rollcall-steps-dead";

/// Delivers what is on the queue while the store is away, until all of it is dead.
async fn let_die(app: &App, messages: usize) {
    app.backend.dispatch().await.unwrap();
    assert_eq!(app.waiting("rollcall-steps").await, messages);
    app.tap.reset();
    for operation in ["Query", "PutItem", "TransactWriteItems"] {
        for _ in 0..200 {
            app.tap.inject(operation, Fault::Throttled);
        }
    }
    for _ in 0..12 {
        app.backend.work(10).await.unwrap();
        app.clock.advance(TimeDelta::minutes(4));
    }
    app.tap.reset();
    assert_eq!((app.waiting("rollcall-steps").await, app.waiting(DEAD).await), (0, messages));
    app.clock.advance(TimeDelta::days(3));
}

/// Bob, whose role could not be linked three days ago.
async fn dead_link() -> (App, String) {
    let app = App::start().await;
    let id = app.accepted("bob", &["engineer"]).await;
    let_die(&app, 1).await;
    (app, id)
}

/// Bob, whose mail could not be sent three days ago.
async fn dead_mail() -> (App, String) {
    let app = App::start().await;
    let id = app.accepted("bob", &[]).await;
    let_die(&app, 1).await;
    assert!(app.mails.sent().is_empty());
    (app, id)
}

async fn brought_back(app: &App, id: &str) -> Vec<String> {
    let before = app.event_types(id).await.len();
    app.redrive().await;
    assert_eq!(app.waiting("rollcall-steps").await, 1);
    app.settle().await;
    app.then_nothing_is_left().await;
    app.event_types(id).await.split_off(before)
}

#[tokio::test]
async fn where_nothing_has_moved_on_the_work_is_done() {
    for (app, id) in [dead_link().await, dead_mail().await] {
        brought_back(&app, &id).await;
        assert_eq!(app.status(&id).await, "pending_confirmation");
        assert_eq!(app.mails.sent().len(), 1);
        app.confirm(&app.mails.last().token).await.then(200);
    }
}

#[tokio::test]
async fn what_was_shut_off_meanwhile_stays_so() {
    let (app, id) = dead_link().await;
    app.command(&id, "deactivate").await.then(200);
    assert_eq!(brought_back(&app, &id).await, ["provisioning.step_result_ignored"]);
    assert_eq!(app.status(&id).await, "inactive");

    let (app, id) = dead_mail().await;
    app.command(&id, "deactivate").await.then(200);
    assert_eq!(brought_back(&app, &id).await, [""; 0]);
    assert!(app.mails.sent().is_empty());
}

#[tokio::test]
async fn what_was_started_anew_meanwhile_is_done_once() {
    for (app, id) in [dead_link().await, dead_mail().await] {
        app.command(&id, "deactivate").await.then(200);
        app.command(&id, "reactivate").await.then(200);
        app.settle().await;
        assert_eq!(app.status(&id).await, "pending_confirmation");
        let late = brought_back(&app, &id).await;
        assert!(late.is_empty() || late == ["provisioning.step_result_ignored"], "{late:?}");
        assert_eq!(app.mails.sent().len(), 1);
        app.confirm(&app.mails.last().token).await.then(200);
    }
}

#[tokio::test]
async fn what_is_being_started_anew_is_left_to_that() {
    let (app, id) = dead_link().await;
    app.command(&id, "deactivate").await.then(200);
    app.command(&id, "reactivate").await.then(200);
    // Both are on the queue, the old one first.
    app.redrive().await;
    app.settle().await;
    let types = app.event_types(&id).await;
    for once in ["user.role_linked", "provisioning.step_result_ignored", "confirmation.sent"] {
        assert_eq!(types.iter().filter(|name| *name == once).count(), 1, "{once}: {types:?}");
    }
    assert_eq!(app.mails.sent().len(), 1);
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn who_was_deleted_meanwhile_stays_deleted() {
    for (app, id) in [dead_link().await, dead_mail().await] {
        app.when(delete(format!("/v1/users/{id}"))).await.then(204);
        let late = brought_back(&app, &id).await;
        assert!(late.is_empty() || late == ["provisioning.step_result_ignored"], "{late:?}");
        assert!(app.mails.sent().is_empty());
        assert!(app.email_is_free("bob@example.com").await);
    }
}

#[tokio::test]
async fn what_has_run_out_of_time_meanwhile_has_failed_for_good() {
    for (app, id) in [dead_link().await, dead_mail().await] {
        app.backend.project().await.unwrap();
        assert_eq!(app.backend.watch().await.unwrap().timed_out, 1);
        let late = brought_back(&app, &id).await;
        assert!(late.is_empty() || late == ["provisioning.step_result_ignored"], "{late:?}");
        assert_eq!(app.status(&id).await, "provisioning_failed");
        assert!(app.mails.sent().is_empty());
        app.command(&id, "retry-provisioning").await.then(202);
        app.settle().await;
        assert_eq!(app.status(&id).await, "pending_confirmation");
        app.then_nothing_is_left().await;
    }
}
