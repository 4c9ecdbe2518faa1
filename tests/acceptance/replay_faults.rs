//! Replays whose workers die, stall, come twice or are overtaken.

use std::{future::pending, sync::Arc};

use acceptance::{App, Say, command, get, patch, post};
use aws_lambda_events::sqs::{SqsEvent, SqsMessage};
use aws_sdk_dynamodb::types::AttributeValue;
use chrono::TimeDelta;
use futures_util::future::BoxFuture;
use infra_local::{host::Delivery, stack::EVENTS_TABLE};
use serde_json::json;
use tokio::sync::{Notify, oneshot};

use crate::replays::{DIRECTORY, ask, generation, operator, people, replay, start, state, switch, work};

/// Does something until right before its request of this number, and dies there; whether there was such a request.
pub(crate) async fn dies_before(app: &App, request: usize, doing: impl Future<Output = ()>) -> bool {
    let (told, heard) = oneshot::channel();
    app.tap.reset();
    app.tap.before_request(request, move || {
        Box::pin(async move {
            told.send(()).unwrap();
            pending::<()>().await;
        })
    });
    let died = tokio::select! {
        () = doing => false,
        heard = heard => heard.is_ok(),
    };
    app.tap.reset();
    died
}

/// Lets leases and deliveries run out, and others go on.
async fn others_go_on(app: &App) {
    for _ in 0..3 {
        app.clock.advance(TimeDelta::seconds(46));
        work(app).await;
    }
}

/// A delivery of a segment's message, beside the queue.
fn delivery(id: &str, job: &str, segment: u32) -> SqsEvent {
    let mut message = SqsMessage::default();
    message.message_id = Some(id.into());
    message.body = Some(json!({ "job": job, "segment": segment }).to_string());
    let mut event = SqsEvent::default();
    event.records = vec![message];
    event
}

async fn lose_all_messages(app: &App) {
    let purge = app.backend.stack.clients.sqs.purge_queue();
    purge.queue_url(&app.backend.stack.replays_queue_url).send().await.unwrap();
}

#[tokio::test]
async fn a_worker_that_dies_anywhere_is_followed_by_another() {
    let app = App::start().await;
    people(&app, 3).await;
    let mut deaths = 0;
    loop {
        let id = start(&app, json!({ "projection": DIRECTORY, "segments": 2, "verifyPercent": 100 })).await;
        let died = dies_before(&app, deaths + 1, work(&app)).await;
        others_go_on(&app).await;
        let done = replay(&app, &id).await;
        assert_eq!(done["state"], "verified", "after a death before request {}: {done}", deaths + 1);
        ask(&app, &id, "cancel").await.then(202);
        work(&app).await;
        if !died {
            break;
        }
        deaths += 1;
    }
    assert!(deaths > 30, "{deaths}");
}

#[tokio::test]
async fn a_start_a_switch_and_an_end_may_die_anywhere() {
    let app = App::start().await;
    people(&app, 2).await;
    for (what, ends) in [("promote", "promoted"), ("rollback", "rolled_back"), ("cancel", "cancelled")] {
        let mut request = 1;
        loop {
            let id = start(&app, json!({ "projection": DIRECTORY, "segments": 1 })).await;
            work(&app).await;
            if what == "rollback" {
                ask(&app, &id, "promote").await.then(202);
                switch(&app).await;
            }
            let doing = async {
                drop(ask(&app, &id, what).await);
                switch(&app).await;
            };
            let died = dies_before(&app, request, doing).await;
            // Whoever asked asks again; where it had begun, the watchdog sees it through.
            drop(ask(&app, &id, what).await);
            for _ in 0..3 {
                app.clock.advance(TimeDelta::seconds(90));
                app.backend.watch().await.unwrap();
                switch(&app).await;
            }
            assert_eq!(state(&app, &id).await, ends, "{what} died before request {request}");
            match what {
                "promote" => drop(ask(&app, &id, "finish").await.then(202)),
                "rollback" => drop(ask(&app, &id, "cancel").await.then(202)),
                _ => {}
            }
            work(&app).await;
            if !died {
                break;
            }
            request += 1;
        }
        assert!(request > 4, "{what}: {request}");
    }
}

#[tokio::test]
async fn a_start_that_died_is_taken_up_by_the_next_one() {
    let app = App::start().await;
    people(&app, 2).await;
    let mut request = 1;
    loop {
        let body = json!({ "projection": DIRECTORY, "segments": 1 });
        let begin = async { drop(app.when(operator(post("/v1/replays", &body))).await) };
        let died = dies_before(&app, request, begin).await;
        let again = app.when(operator(post("/v1/replays", &body))).await;
        assert!([202, 409].contains(&again.status), "{}", again.body);
        app.clock.advance(TimeDelta::seconds(90));
        app.backend.watch().await.unwrap();
        others_go_on(&app).await;
        let jobs = app.when(operator(get("/v1/replays"))).await.then(200).body;
        let newest = &jobs["items"][0];
        assert_eq!(newest["state"], "verified", "died before request {request}: {jobs}");
        ask(&app, newest["id"].as_str().unwrap(), "cancel").await.then(202);
        work(&app).await;
        if !died {
            break;
        }
        request += 1;
    }
    assert!(request > 4, "{request}");
}

#[tokio::test]
async fn a_segment_has_one_worker_at_a_time() {
    let app = App::start().await;
    people(&app, 4).await;
    let id = start(&app, json!({ "projection": DIRECTORY, "segments": 1 })).await;
    let (replayer, job) = (app.backend.functions.replayer.clone(), id.clone());
    let (second, log) = (Arc::new(Notify::new()), app.tap.clone());
    let finished = second.clone();
    // Right before the first worker reads its first page, the same message is delivered once more.
    app.tap.reset();
    app.tap.before_request("Scan", move || -> BoxFuture<'static, ()> {
        Box::pin(async move {
            let before = log.log().len();
            let answer = replayer.handle(delivery("twice", &job, 0), None).await;
            assert!(answer.batch_item_failures.is_empty());
            let asked = log.log().split_off(before);
            assert!(
                !asked.iter().any(|operation| ["Scan", "PutItem"].contains(&operation.as_str())),
                "{asked:?}"
            );
            finished.notify_one();
        })
    });
    work(&app).await;
    second.notified().await;
    assert_eq!(state(&app, &id).await, "verified");
    assert_eq!(app.tap.log().iter().filter(|operation| *operation == "Scan").count(), 2);
}

#[tokio::test]
async fn whoever_was_overtaken_stops_and_spoils_nothing() {
    let app = App::start().await;
    people(&app, 4).await;
    let id = start(&app, json!({ "projection": DIRECTORY, "segments": 1, "verifyPercent": 100 })).await;
    let (replayer, job, clock) = (app.backend.functions.replayer.clone(), id.clone(), app.clock.clone());
    // The first worker stalls until its lease has run out, and another one does its work.
    app.tap.reset();
    app.tap.before_request("Scan", move || -> BoxFuture<'static, ()> {
        Box::pin(async move {
            clock.advance(TimeDelta::seconds(31));
            let answer = replayer.handle(delivery("other", &job, 0), None).await;
            assert!(answer.batch_item_failures.is_empty());
        })
    });
    work(&app).await;
    others_go_on(&app).await;
    let done = replay(&app, &id).await;
    assert_eq!(done["state"], "verified", "{done}");
    assert_eq!(done["segmentsOf"][0]["streams"], 4, "{done}");
    assert_eq!(generation(&app, DIRECTORY, 2).await, generation(&app, DIRECTORY, 1).await);
}

#[tokio::test]
async fn the_watchdog_sends_lost_segments_out_again() {
    let app = App::start().await;
    people(&app, 4).await;
    let id = start(&app, json!({ "projection": DIRECTORY, "segments": 3 })).await;
    lose_all_messages(&app).await;
    assert_eq!(app.backend.watch().await.unwrap().nudged, 0);
    app.clock.advance(TimeDelta::seconds(61));
    assert_eq!(app.backend.watch().await.unwrap().nudged, 3);
    work(&app).await;
    assert_eq!(state(&app, &id).await, "verified");
    app.clock.advance(TimeDelta::seconds(61));
    assert_eq!(app.backend.watch().await.unwrap().nudged, 0);
}

/// Small pages, and an end of time after each: every slice is one page.
#[tokio::test]
async fn a_worker_that_runs_out_of_time_hands_the_segment_on() {
    let app = App::start().await;
    let ids = people(&app, 4).await;
    for _ in 0..10 {
        app.when(command(&ids[1], "deactivate")).await;
        app.when(command(&ids[1], "reactivate")).await;
    }
    app.settle().await;
    let body = json!({ "projection": DIRECTORY, "segments": 1, "rateLimit": 7, "verifyPercent": 100 });
    let id = start(&app, body).await;
    app.tap.reset();
    let mut slices = 0;
    loop {
        let clock = app.clock.clone();
        // The page comes so late that there is no time for another one.
        app.tap
            .before_request("Scan", move || Box::pin(async move { clock.advance(TimeDelta::seconds(21)) }));
        if app.backend.replay().await.unwrap() == 0 {
            break;
        }
        slices += 1;
    }
    app.tap.reset();
    let done = replay(&app, &id).await;
    assert_eq!(done["state"], "verified", "{done}");
    let mut commits = 0;
    for id in &ids {
        commits += app.commits(id).await.len();
    }
    for segment in done["segmentsOf"].as_array().unwrap() {
        assert_eq!((&segment["streams"], &segment["commits"]), (&json!(4), &json!(commits)), "{segment}");
    }
    assert!(slices >= 8, "{slices}");
    assert_eq!(generation(&app, DIRECTORY, 2).await, generation(&app, DIRECTORY, 1).await);
}

/// A stream that nobody can read to its end is the last one of each slice, again and again.
#[tokio::test]
async fn slices_that_end_within_a_parked_stream_lead_past_it() {
    let app = App::start().await;
    let ids = people(&app, 2).await;
    let before = app.commits(&ids[1]).await.len();
    for _ in 0..6 {
        app.when(command(&ids[1], "deactivate")).await;
        app.when(command(&ids[1], "reactivate")).await;
    }
    app.settle().await;
    // Nobody knows any more what it holds, and the row that did is gone.
    let update = app.backend.stack.clients.dynamodb.update_item().table_name(EVENTS_TABLE);
    let update = update
        .key("pk", AttributeValue::S(format!("acme#user#{}", ids[1])))
        .key("sk", AttributeValue::N((before + 2).to_string()))
        .update_expression("SET e = :e")
        .expression_attribute_values(":e", AttributeValue::S("?".into()));
    update.send().await.unwrap();
    app.forget_rows_of(&ids[1]).await;
    // The command remembers the user; the projector meets a gap, and parks them.
    app.when(command(&ids[1], "deactivate")).await.then(200);
    while app.backend.project().await.unwrap() != Delivery::Idle {}

    let body = json!({ "projection": DIRECTORY, "segments": 1, "rateLimit": 3, "verifyPercent": 100 });
    let id = start(&app, body).await;
    loop {
        let clock = app.clock.clone();
        app.tap
            .before_request("Scan", move || Box::pin(async move { clock.advance(TimeDelta::seconds(21)) }));
        if app.backend.replay().await.unwrap() == 0 {
            break;
        }
    }
    app.tap.reset();
    let done = replay(&app, &id).await;
    assert_eq!(done["state"], "verified", "{done}");
    for segment in done["segmentsOf"].as_array().unwrap() {
        assert_eq!((&segment["streams"], &segment["parked"]), (&json!(2), &json!(1)), "{segment}");
    }
    assert_eq!(generation(&app, DIRECTORY, 2).await, generation(&app, DIRECTORY, 1).await);
}

/// Sends a request right before the second page is read.
fn before_the_second_page(app: &App, say: Say) {
    let (door, tap) = (app.door(), app.tap.clone());
    app.tap.reset();
    app.tap.before_request("Scan", move || {
        Box::pin(async move {
            tap.before_request("Scan", move || Box::pin(async move { drop(door.send(say).await) }));
        })
    });
}

fn scans(app: &App) -> usize {
    app.tap.log().iter().filter(|operation| *operation == "Scan").count()
}

#[tokio::test]
async fn a_new_limit_is_heard_of_within_a_page() {
    let app = App::start().await;
    people(&app, 6).await;
    // With an item a second it would take half a minute.
    let id = start(&app, json!({ "projection": DIRECTORY, "segments": 1, "rateLimit": 1 })).await;
    before_the_second_page(&app, operator(patch(format!("/v1/replays/{id}"), &json!({ "rateLimit": null }))));
    work(&app).await;
    assert_eq!(state(&app, &id).await, "verified");
    assert!(scans(&app) < 6, "{}", scans(&app));
}

#[tokio::test]
async fn a_cancel_is_heard_of_within_a_page() {
    let app = App::start().await;
    people(&app, 6).await;
    let id = start(&app, json!({ "projection": DIRECTORY, "segments": 1, "rateLimit": 1 })).await;
    before_the_second_page(&app, operator(post(format!("/v1/replays/{id}/cancel"), &json!({}))));
    app.backend.replay().await.unwrap();
    assert_eq!(scans(&app), 2);
    work(&app).await;
    assert_eq!(state(&app, &id).await, "cancelled");
    assert!(generation(&app, DIRECTORY, 2).await.is_empty());
}

/// At every request of a replay somebody changes something, and the stream is late.
#[tokio::test]
async fn what_happens_meanwhile_is_in_the_new_generation() {
    let app = App::start().await;
    let ids = people(&app, 3).await;
    let mut at = 1;
    loop {
        let id = start(&app, json!({ "projection": DIRECTORY, "segments": 1, "verifyPercent": 100 })).await;
        let (door, user) = (app.door(), ids[at % 3].clone());
        app.tap.reset();
        app.tap.before_request(at, move || {
            Box::pin(async move {
                let done = door.send(command(&user, "deactivate")).await;
                let what =
                    if done.body["events"] == json!([]) { "reactivate" } else { "resend-confirmation" };
                drop(door.send(command(&user, what)).await);
            })
        });
        work(&app).await;
        let met = app.tap.unmet() == 0;
        app.tap.reset();
        let done = replay(&app, &id).await;
        assert_eq!(done["state"], "verified", "a change before request {at}: {done}");
        // The projector comes late.
        app.settle().await;
        let number = u32::try_from(done["generation"].as_u64().unwrap()).unwrap();
        assert_eq!(
            generation(&app, DIRECTORY, number).await,
            generation(&app, DIRECTORY, 1).await,
            "a change before request {at}"
        );
        ask(&app, &id, "cancel").await.then(202);
        work(&app).await;
        if !met {
            break;
        }
        at += 1;
    }
    assert!(at > 20, "{at}");
}

/// Another instance has read the pointer a moment before it moves.
#[tokio::test]
async fn a_switch_is_seen_by_everybody_at_once() {
    let app = App::start().await;
    let ids = people(&app, 1).await;
    let id = start(&app, json!({ "projection": DIRECTORY, "segments": 1 })).await;
    work(&app).await;
    let shown = async || app.meanwhile(get(format!("/v1/users/{}", ids[0]))).await.then(200).body;
    let before = shown().await;
    ask(&app, &id, "promote").await.then(202);
    app.clock.advance(TimeDelta::milliseconds(1_900));
    assert_eq!(shown().await, before);
    // It has not been long enough.
    app.backend.functions.replayer.handle(delivery("early", &id, 0), None).await;
    assert_eq!(state(&app, &id).await, "promoting");
    app.clock.advance(TimeDelta::milliseconds(1_200));
    shown().await;
    work(&app).await;
    assert_eq!(state(&app, &id).await, "promoted");
    // Nobody reads the old rows any more, not for a moment.
    app.spoil_row_of(&ids[0], DIRECTORY).await;
    assert_eq!(shown().await, before);
}
