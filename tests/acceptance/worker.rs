//! The worker and the dispatcher: every effect tried twice and failed once.

use acceptance::{App, alice, post};
use chrono::TimeDelta;
use infra_aws::mail::MailError;
use infra_local::{
    faults::{At, Fault},
    host::Delivery,
};
use serde_json::{Value, json};

/// Alice with all roles linked and her mail step on the queue.
async fn about_to_mail() -> (App, String) {
    let app = App::start().await;
    let id = app.alice().await;
    app.backend.dispatch().await.unwrap();
    assert_eq!(app.backend.work(10).await.unwrap(), 2);
    app.backend.dispatch().await.unwrap();
    (app, id)
}

/// The provider takes the next mail, and its result cannot be recorded, however often the SDK tries.
fn dies_after_the_next_mail(app: &App) {
    app.tap.reset();
    let tap = app.tap.clone();
    app.mails.during_next(move || {
        Box::pin(async move {
            for _ in 0..3 {
                tap.inject(At::Next("PutItem".into()), Fault::ServerError);
            }
        })
    });
}

async fn mail_step(app: &App, id: &str) -> Value {
    app.settle().await;
    app.provisioning(id).await["steps"].as_array().unwrap().last().unwrap().clone()
}

#[tokio::test]
async fn a_step_that_is_delivered_twice_takes_effect_once() {
    let app = App::start().await;
    let id = app.alice().await;
    app.backend.dispatch().await.unwrap();
    let links = app.take_steps(2).await;
    for _ in 0..2 {
        assert!(app.work_on(&links).await.is_empty());
    }
    app.backend.dispatch().await.unwrap();
    let mail = app.take_steps(1).await;
    for _ in 0..3 {
        assert!(app.work_on(&mail).await.is_empty());
    }
    assert_eq!(app.mails.sent().len(), 1);
    let types = app.event_types(&id).await;
    assert_eq!(types.iter().filter(|name| *name == "user.role_linked").count(), 2);
    assert_eq!(types.last().unwrap(), "user.provisioned");
}

#[tokio::test]
async fn two_workers_on_one_step_send_one_mail() {
    let (app, id) = about_to_mail().await;
    let mail = app.take_steps(1).await;
    let (a, b) = tokio::join!(app.work_on(&mail), app.work_on(&mail));
    assert_eq!(a.len() + b.len(), 1, "one of them leaves the mail to the other");
    assert_eq!(app.mails.sent().len(), 1);
    app.clock.advance(TimeDelta::minutes(2));
    assert!(app.work_on(&mail).await.is_empty());
    assert_eq!(app.mails.sent().len(), 1);
    assert_eq!(app.event_types(&id).await.last().unwrap(), "user.provisioned");
}

#[tokio::test]
async fn a_worker_that_dies_after_the_provider_took_the_mail_is_followed_by_one_with_the_same_link() {
    let (app, id) = about_to_mail().await;
    let mail = app.take_steps(1).await;
    dies_after_the_next_mail(&app);
    assert_eq!(app.work_on(&mail).await.len(), 1, "the message comes again");
    assert_eq!(app.work_on(&mail).await.len(), 1, "and again, while the claim holds");
    assert_eq!(app.mails.sent().len(), 1);
    app.clock.advance(TimeDelta::seconds(60));
    assert!(app.work_on(&mail).await.is_empty());
    let [first, second] = app.mails.sent().try_into().unwrap();
    assert_eq!(first.token, second.token);
    app.settle().await;
    assert_eq!(app.status(&id).await, "pending_confirmation");
    app.when(post("/v1/confirmations", &json!({ "token": first.token })).by_nobody()).await.then(200);
}

#[tokio::test]
async fn a_message_whose_mail_is_held_for_less_than_a_second_does_not_use_up_its_receives() {
    let (app, id) = about_to_mail().await;
    dies_after_the_next_mail(&app);
    assert_eq!(app.backend.work(10).await.unwrap(), 1, "the worker dies with the mail's claim");
    app.clock.advance(TimeDelta::milliseconds(59_400));
    assert_eq!(app.backend.work(10).await.unwrap(), 1, "the claim still holds");
    assert_eq!(app.backend.work(10).await.unwrap(), 0, "the message waits for it");
    app.clock.advance(TimeDelta::seconds(1));
    assert_eq!(app.backend.work(10).await.unwrap(), 1);
    let [first, second] = app.mails.sent().try_into().unwrap();
    assert_eq!(first.token, second.token);
    app.settle().await;
    assert_eq!(app.status(&id).await, "pending_confirmation");
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn a_mail_whose_link_would_be_dead_is_not_sent() {
    let (app, id) = about_to_mail().await;
    let mail = app.take_steps(1).await;
    app.mails.fail_next(MailError::Unavailable("busy".into()));
    assert_eq!(app.work_on(&mail).await.len(), 1);
    app.clock.advance(TimeDelta::days(4));
    assert!(app.work_on(&mail).await.is_empty());
    assert!(app.mails.sent().is_empty());
    assert_eq!(app.status(&id).await, "provisioning_failed");
}

#[tokio::test]
async fn a_mail_that_is_not_taken_is_tried_again_later() {
    let (app, id) = about_to_mail().await;
    app.mails.fail_next(MailError::Unavailable("busy".into()));
    let step = mail_step(&app, &id).await;
    assert_eq!((step["state"].as_str(), step["attempts"].as_u64()), (Some("retrying"), Some(1)));
    assert_eq!(step["error"], "mail-unavailable");
    assert_eq!(app.backend.work(10).await.unwrap(), 0, "it waits");
    app.clock.advance(TimeDelta::seconds(4));
    let step = mail_step(&app, &id).await;
    assert_eq!(
        (step["state"].as_str(), step["attempts"].as_u64(), &step["error"]),
        (Some("succeeded"), Some(2), &Value::Null)
    );
    assert_eq!(app.mails.sent().len(), 1);
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn a_mail_that_is_never_taken_fails_the_user_and_leaves_nothing_behind() {
    let (app, id) = about_to_mail().await;
    for _ in 0..5 {
        app.mails.fail_next(MailError::Unavailable("busy".into()));
        app.settle().await;
        app.clock.advance(TimeDelta::seconds(120));
    }
    assert_eq!(app.status(&id).await, "provisioning_failed");
    let step = mail_step(&app, &id).await;
    assert_eq!((step["state"].as_str(), step["attempts"].as_u64()), (Some("failed"), Some(5)));
    app.then_nothing_is_left().await;

    app.when(post(format!("/v1/users/{id}/resend-confirmation"), &json!({}))).await.then(202);
    app.settle().await;
    assert_eq!(app.status(&id).await, "pending_confirmation");
}

#[tokio::test]
async fn a_mail_that_is_refused_fails_at_once() {
    let (app, id) = about_to_mail().await;
    app.mails.fail_next(MailError::Refused("550".into()));
    let step = mail_step(&app, &id).await;
    assert_eq!((step["state"].as_str(), step["error"].as_str()), (Some("failed"), Some("mail-refused")));
    assert_eq!(app.status(&id).await, "provisioning_failed");
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn no_single_fault_on_the_way_loses_or_doubles_anything() {
    let (mut k, mut doubled) = (1, 0);
    loop {
        for fault in [Fault::ReplyLost, Fault::TimeoutBefore] {
            let app = App::start().await;
            app.tap.inject(At::Request(k), fault);
            let first = app.when(post("/v1/users", &alice()).key("alice")).await;
            if first.status != 202 {
                app.when(post("/v1/users", &alice()).key("alice")).await.then(202);
            }
            let id = app.derived_id("alice");
            for _ in 0..5 {
                app.settle().await;
                app.clock.advance(TimeDelta::seconds(120));
            }
            if app.tap.unmet() > 0 {
                assert!(k > 20, "only {k} requests on the way");
                println!("{} requests, {doubled} second mails", k - 1);
                assert_eq!(doubled, 0);
                return;
            }
            assert_eq!(app.status(&id).await, "pending_confirmation", "request {k}, {fault:?}");
            let types = app.event_types(&id).await;
            for once in ["user.created", "confirmation.issued", "user.provisioned"] {
                assert_eq!(
                    types.iter().filter(|name| *name == once).count(),
                    1,
                    "request {k}, {fault:?}: {once}"
                );
            }
            assert_eq!(
                types.iter().filter(|name| *name == "user.role_linked").count(),
                2,
                "request {k}, {fault:?}"
            );
            doubled += app.mails.sent().len() - 1;
            app.then_nothing_is_left().await;
        }
        k += 1;
    }
}

#[tokio::test]
async fn steps_that_could_not_be_sent_are_sent_with_the_next_delivery() {
    let app = App::start().await;
    let id = app.alice().await;
    app.tap.reset();
    for _ in 0..3 {
        app.tap.inject(At::Next("SendMessageBatch".into()), Fault::ServerError);
    }
    assert_eq!(app.backend.dispatch().await.unwrap(), Delivery::Failed);
    app.settle().await;
    assert_eq!(app.status(&id).await, "pending_confirmation");
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn a_message_that_is_no_step_becomes_a_dead_letter() {
    let app = App::start().await;
    let stack = &app.backend.stack;
    for body in ["{", "{\"tenant\":\"acme\"}", "null"] {
        stack
            .clients
            .sqs
            .send_message()
            .queue_url(&stack.steps_queue_url)
            .message_body(body)
            .send()
            .await
            .unwrap();
    }
    for _ in 0..12 {
        app.settle().await;
        app.clock.advance(TimeDelta::minutes(5));
    }
    assert_eq!(stack.sqs.depth("rollcall-steps").await.unwrap().visible, 0);
    assert_eq!(stack.sqs.depth("rollcall-steps-dead").await.unwrap().visible, 3);
}
