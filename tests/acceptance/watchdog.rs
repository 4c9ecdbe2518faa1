use acceptance::{App, post};
use chrono::TimeDelta;
use functions::watchdog::Round;
use serde_json::json;

#[tokio::test]
async fn a_step_whose_message_was_lost_is_sent_out_again() {
    let app = App::start().await;
    let id = app.alice().await;
    app.backend.project().await.unwrap();
    app.backend.dispatch().await.unwrap();
    app.lose_all_steps().await;
    assert_eq!(app.backend.watch().await.unwrap(), Round::default(), "it is not silent for long enough");
    app.clock.advance(TimeDelta::minutes(6));
    let round = app.backend.watch().await.unwrap();
    assert_eq!((round.due, round.resent), (1, 2));
    app.settle().await;
    assert_eq!(app.status(&id).await, "pending_confirmation");
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn a_run_that_comes_twice_or_late_is_harmless() {
    let app = App::start().await;
    let id = app.alice().await;
    app.backend.project().await.unwrap();
    app.clock.advance(TimeDelta::minutes(14));
    let rounds = [app.backend.watch().await.unwrap(), app.backend.watch().await.unwrap()];
    assert_eq!(rounds.map(|round| round.resent), [2, 0], "what was sent out is given time");
    app.settle().await;
    assert_eq!(app.mails.sent().len(), 1);
    assert_eq!(app.event_types(&id).await.iter().filter(|name| *name == "user.role_linked").count(), 2);
    app.then_nothing_is_left().await;
    assert_eq!(app.backend.watch().await.unwrap(), Round::default());
}

#[tokio::test]
async fn provisioning_that_takes_too_long_has_failed_and_can_be_tried_again() {
    let app = App::start().await;
    let id = app.alice().await;
    app.backend.project().await.unwrap();
    app.clock.advance(TimeDelta::days(2));
    let rounds = [app.backend.watch().await.unwrap(), app.backend.watch().await.unwrap()];
    assert_eq!(rounds.map(|round| (round.timed_out, round.resent)), [(1, 0), (0, 0)]);
    app.settle().await;
    assert_eq!(app.status(&id).await, "provisioning_failed");
    assert_eq!(app.provisioning(&id).await["steps"][0]["error"], "timeout");
    app.then_nothing_is_left().await;

    app.when(post(format!("/v1/users/{id}/retry-provisioning"), &json!({}))).await.then(202);
    app.settle().await;
    assert_eq!(app.status(&id).await, "pending_confirmation");
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn a_confirmation_that_nobody_used_expires_and_can_be_sent_again() {
    let app = App::start().await;
    let id = app.alice().await;
    app.settle().await;
    app.clock.advance(TimeDelta::hours(73));
    let round = app.backend.watch().await.unwrap();
    assert_eq!((round.due, round.expired), (1, 1));
    app.settle().await;
    assert_eq!(app.status(&id).await, "expired");
    assert_eq!(app.backend.watch().await.unwrap(), Round::default());
    let token = app.mails.sent().remove(0).token;
    app.when(post("/v1/confirmations", &json!({ "token": token })).by_nobody())
        .await
        .then_problem(410, "confirmation-expired");
    app.when(post(format!("/v1/users/{id}/resend-confirmation"), &json!({}))).await.then(202);
    app.settle().await;
    assert_eq!(app.status(&id).await, "pending_confirmation");
}

#[tokio::test]
async fn confirmed_and_deactivated_users_are_left_alone() {
    let app = App::start().await;
    let id = app.alice().await;
    app.settle().await;
    app.when(post(format!("/v1/users/{id}/deactivate"), &json!({}))).await.then(200);
    app.settle().await;
    app.clock.advance(TimeDelta::days(30));
    assert_eq!(app.backend.watch().await.unwrap(), Round::default());
}
