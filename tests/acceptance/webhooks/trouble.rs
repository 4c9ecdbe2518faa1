use acceptance::{App, get};
use chrono::TimeDelta;
use infra_local::faults::Fault;
use serde_json::{Value, json};

use super::{A_LITTLE_LATER, on, receiver::Receiver, role, shown, tries, webhook, work};
use crate::replay_faults::dies_before;

/// So often is an AWS request tried.
const TRIES_OF_A_REQUEST: usize = 3;
/// Seconds between two tries.
const WAITS: [i64; 7] = [5, 30, 120, 600, 3_600, 10_800, 21_600];

/// Lets the time between two tries pass.
async fn wait(app: &App, seconds: i64) {
    // SQS counts whole seconds.
    app.clock.advance(TimeDelta::seconds(seconds + 1));
    work(app).await;
}

#[tokio::test]
async fn what_does_not_arrive_is_tried_again_later_and_later_and_then_the_webhook_is_disabled() {
    let (app, receiver) = (App::start().await, Receiver::start().await);
    let (id, _) = webhook(&app, &receiver, &["role.created"]).await;
    receiver.answers(503);
    role(&app, "pilot").await;
    work(&app).await;
    for (tried, seconds) in (1..).zip(WAITS) {
        assert_eq!(receiver.received().len(), tried);
        app.clock.advance(TimeDelta::seconds(seconds - 2));
        work(&app).await;
        assert_eq!(receiver.received().len(), tried, "not before {seconds} s");
        wait(&app, 2).await;
    }
    let received = receiver.received();
    assert_eq!(received.len(), 8);
    assert!(received.iter().all(|one| one.header("webhook-id") == received[0].header("webhook-id")));
    assert_eq!(shown(&app, &id).await["disabledReason"], "failing");
    let tried = tries(&app, &id).await;
    assert_eq!(
        tried.iter().map(|one| one["number"].as_u64().unwrap()).collect::<Vec<_>>(),
        [8, 7, 6, 5, 4, 3, 2, 1]
    );
    assert_eq!(tried[0]["againAt"], Value::Null);
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn a_success_meanwhile_keeps_a_webhook_that_one_event_does_not_get_through_to() {
    let (app, receiver) = (App::start().await, Receiver::start().await);
    let (id, _) = webhook(&app, &receiver, &["role.created"]).await;
    receiver.answers(500);
    role(&app, "pilot").await;
    work(&app).await;
    for seconds in &WAITS[..6] {
        wait(&app, *seconds).await;
    }
    receiver.answers(204);
    role(&app, "diver").await;
    work(&app).await;
    receiver.answers(500);
    wait(&app, WAITS[6]).await;
    assert_eq!(receiver.received().len(), 9);
    assert_eq!(shown(&app, &id).await["enabled"], true);
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn who_is_gone_is_left_alone() {
    let (app, receiver) = (App::start().await, Receiver::start().await);
    let (id, _) = webhook(&app, &receiver, &["role.created"]).await;
    receiver.answers(410);
    role(&app, "pilot").await;
    role(&app, "diver").await;
    work(&app).await;
    assert_eq!(shown(&app, &id).await["disabledReason"], "gone");
    let events = app.when(get("/v1/webhooks")).await.then(200).body;
    assert_eq!(events["items"][0]["enabled"], json!(false));
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (app, receiver) = (App::start().await, Receiver::start().await);
    let (id, _) = webhook(&app, &receiver, &["role.created"]).await;
    receiver.answers(302);
    role(&app, "pilot").await;
    work(&app).await;
    assert_eq!(receiver.received().len(), 1);
    assert_eq!(tries(&app, &id).await[0]["status"], 302);
}

#[tokio::test]
async fn messages_of_a_webhook_that_was_disabled_or_deleted_are_dropped() {
    for last in ["disable", "delete"] {
        let (app, receiver) = (App::start().await, Receiver::start().await);
        let (id, _) = webhook(&app, &receiver, &["role.created"]).await;
        role(&app, "pilot").await;
        app.settle().await;
        let say =
            if last == "delete" { acceptance::delete(format!("/v1/webhooks/{id}")) } else { on(&id, last) };
        assert!([200, 204].contains(&app.when(say).await.status));
        work(&app).await;
        assert_eq!(receiver.received().len(), 0, "{last}");
        app.then_nothing_is_left().await;
    }
}

#[tokio::test]
async fn a_courier_that_dies_anywhere_is_followed_by_another_and_nothing_is_lost() {
    let (app, receiver) = (App::start().await, Receiver::start().await);
    webhook(&app, &receiver, &["role.created"]).await;
    let mut request = 1;
    loop {
        role(&app, &format!("r{request}")).await;
        app.settle().await;
        let before = receiver.received().len();
        let sending = async { while app.backend.send_webhooks(10).await.unwrap() > 0 {} };
        let died = dies_before(&app, request, sending).await;
        // The message is seen again when its visibility ends.
        wait(&app, 31).await;
        let received = receiver.received();
        let new = &received[before..];
        assert!((1..=2).contains(&new.len()), "{} after a death before request {request}", new.len());
        assert!(new.iter().all(|one| one.header("webhook-id") == new[0].header("webhook-id")));
        app.then_nothing_is_left().await;
        if !died {
            break;
        }
        request += 1;
    }
    assert!(request > 3, "{request}");
}

#[tokio::test]
async fn a_dispatcher_that_dies_anywhere_is_followed_by_another_and_nothing_is_lost() {
    let (app, receiver) = (App::start().await, Receiver::start().await);
    webhook(&app, &receiver, &["role.created"]).await;
    let mut request = 1;
    loop {
        // So that it asks again which webhooks there are.
        app.clock.advance(TimeDelta::seconds(6));
        let before = receiver.received().len();
        role(&app, &format!("r{request}")).await;
        let dispatching = async {
            app.backend.dispatch().await.unwrap();
        };
        let died = dies_before(&app, request, dispatching).await;
        work(&app).await;
        let received = receiver.received();
        let new = &received[before..];
        assert!(!new.is_empty(), "nothing after a death before request {request}");
        assert!(new.iter().all(|one| one.header("webhook-id") == new[0].header("webhook-id")));
        if !died {
            break;
        }
        request += 1;
    }
    assert!(request > 2, "{request}");
}

#[tokio::test]
async fn while_webhooks_cannot_be_looked_up_the_dispatcher_goes_by_what_it_knew() {
    let (app, receiver) = (App::start().await, Receiver::start().await);
    webhook(&app, &receiver, &["role.created"]).await;
    role(&app, "pilot").await;
    work(&app).await;
    app.clock.advance(A_LITTLE_LATER);
    role(&app, "diver").await;
    app.tap.reset();
    for _ in 0..TRIES_OF_A_REQUEST {
        app.tap.inject("Query", Fault::ServerError);
    }
    app.backend.dispatch().await.unwrap();
    assert_eq!(app.tap.unmet(), 0);
    work(&app).await;
    assert_eq!(receiver.received().len(), 2);
    app.then_nothing_is_left().await;
}
