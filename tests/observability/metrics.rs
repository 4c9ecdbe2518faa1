//! Metrics, each from what really happened.

use std::collections::HashMap;

use acceptance::{App, alice, command, post};
use aws_lambda_events::dynamodb::{Event, EventRecord};
use aws_sdk_dynamodb::types::AttributeValue;
use chrono::TimeDelta;
use domain::CallerRole;
use infra_aws::mail::MailError;
use infra_local::faults::At;
use serde_json::json;

use crate::recording::Recording;

const DIRECTORY: [(&str, &str); 1] = [("projection", "user_directory")];

fn sum(values: Vec<u64>) -> u64 {
    values.into_iter().sum()
}

#[tokio::test]
async fn commands_are_counted_by_what_they_came_to() {
    let recording = Recording::start().await;
    let app = App::start().await;
    recording.forget();
    let id = app.alice().await;
    app.alice().await;
    app.when(post("/v1/users", &alice()).key("other")).await.then_problem(409, "email-taken");
    app.when(command(&id, "restore")).await.then_problem(409, "user-not-deleted");
    assert_eq!((recording.metric("Accepted", &[]), recording.metric("Duplicates", &[])), (vec![1], vec![1]));
    for code in ["email-taken", "user-not-deleted"] {
        assert_eq!(recording.metric("Rejected", &[("code", code)]), [1], "{code}");
    }
    assert_eq!(recording.metric("CommandLatency", &[]).len(), 4);
    assert_eq!(recording.metric("ConflictRetries", &[]), Vec::<u64>::new());
}

#[tokio::test]
async fn a_command_that_another_one_came_before_is_decided_again_and_that_is_counted() {
    let recording = Recording::start().await;
    let app = App::start().await;
    let id = app.alice().await;
    let (door, say) = (app.door(), command(&id, "deactivate"));
    app.tap.reset();
    recording.forget();
    app.tap.before_request(At::Next("PutItem".into()), move || {
        Box::pin(async move { drop(door.send(say).await.then(200)) })
    });
    app.when(post(format!("/v1/users/{id}/expiry"), &json!({}))).await;
    app.when(command(&id, "cancel-provisioning")).await;
    assert_eq!(app.tap.unmet(), 0, "the two have not met");
    assert_eq!(sum(recording.metric("ConflictRetries", &[])), 1);
}

#[tokio::test]
async fn a_command_that_loses_each_time_is_a_conflict() {
    let recording = Recording::start().await;
    let app = App::start().await;
    let id = app.alice().await;
    app.tap.reset();
    for turn in 0..20 {
        let (door, name) = (app.door(), if turn % 2 == 0 { "deactivate" } else { "reactivate" });
        let say = command(&id, name);
        app.tap.before_request(At::Next("PutItem".into()), move || {
            Box::pin(async move { drop(door.send(say).await.then(200)) })
        });
    }
    recording.forget();
    let rename = acceptance::patch(format!("/v1/users/{id}"), &json!({ "displayName": "Al" }));
    app.when(rename).await.then_problem(503, "contention");
    assert_eq!(recording.metric("Conflicts", &[]), [1]);
}

#[tokio::test]
async fn views_tell_how_old_their_commits_are_and_what_they_put_right() {
    let recording = Recording::start().await;
    let app = App::start().await;
    recording.forget();
    let id = app.alice().await;
    app.clock.advance(TimeDelta::milliseconds(1_250));
    app.backend.project().await.unwrap();
    for projection in ["user_directory", "provisioning_status", "user_timeline", "tenant_summary"] {
        let ages = recording.metric("CommitToViewAge", &[("projection", projection)]);
        assert!(ages.iter().all(|age| *age == 1_250), "{projection}: {ages:?}");
    }
    assert_eq!(recording.metric("CommitToViewAge", &DIRECTORY), [1_250]);

    app.settle().await;
    let mut commits: Vec<HashMap<String, AttributeValue>> =
        app.stored().await.into_iter().filter(|item| item["pk"].as_s().unwrap().ends_with(&id)).collect();
    commits.sort_by_key(|item| item["sk"].as_n().unwrap().parse::<u64>().unwrap());
    app.forget_rows_of(&id).await;
    recording.forget();
    let deliver = async |item: &HashMap<String, AttributeValue>| {
        let mut record = EventRecord::default();
        record.event_name = "INSERT".into();
        record.change.sequence_number = Some("1001".into());
        record.change.new_image = item.clone().into();
        let mut event = Event::default();
        event.records = vec![record];
        app.backend.functions.projector.handle(event).await
    };
    deliver(commits.last().unwrap()).await;
    deliver(&commits[0]).await;
    assert_eq!(
        (recording.metric("GapsHealed", &DIRECTORY), recording.metric("DuplicateRecords", &DIRECTORY)),
        (vec![1], vec![1])
    );

    app.spoil_row_of(&id, "user_directory").await;
    recording.forget();
    app.when(command(&id, "deactivate")).await.then(200);
    app.backend.project().await.unwrap();
    assert_eq!(recording.metric("ParkedAggregates", &DIRECTORY), [1]);
}

#[tokio::test]
async fn steps_tell_how_long_they_took_and_how_often_they_were_tried() {
    let recording = Recording::start().await;
    let app = App::start().await;
    app.mails.fail_next(MailError::Unavailable("451".into()));
    recording.forget();
    app.alice().await;
    app.backend.dispatch().await.unwrap();
    app.clock.advance(TimeDelta::seconds(2));
    app.settle().await;
    app.clock.advance(TimeDelta::minutes(1));
    app.settle().await;
    let link = [("step", "link_role"), ("outcome", "succeeded")];
    assert_eq!(
        (recording.metric("StepLatency", &link), recording.metric("StepAttempts", &link)),
        (vec![2_000; 2], vec![1; 2])
    );
    let of_mail = |outcome| [("step", "send_confirmation"), ("outcome", outcome)];
    assert_eq!(recording.metric("StepLatency", &of_mail("succeeded")), [60_000]);
    assert_eq!(recording.metric("StepAttempts", &of_mail("succeeded")), [2]);
    assert_eq!(recording.metric("StepAttempts", &of_mail("retryable")), [1]);
    assert_eq!(
        recording.metric("StepLatency", &of_mail("retryable")),
        Vec::<u64>::new(),
        "that is no result"
    );
}

#[tokio::test]
async fn a_replay_tells_its_progress_and_the_watchdog_what_it_got_going() {
    let recording = Recording::start().await;
    let app = App::start().await;
    app.alice().await;
    app.backend.project().await.unwrap();
    recording.forget();
    app.clock.advance(TimeDelta::minutes(6));
    app.backend.watch().await.unwrap();
    assert_eq!(recording.metric("StepsNudged", &[]), [2]);
    app.clock.advance(TimeDelta::days(2));
    app.backend.watch().await.unwrap();
    assert_eq!(recording.metric("ProvisioningTimeouts", &[]), [1]);
    app.settle().await;

    let replay = post("/v1/replays", &json!({ "projection": "user_directory", "segments": 3 }));
    app.when(replay.by(CallerRole::ReplayOperator)).await.then(202);
    while app.backend.replay().await.unwrap() > 0 {}
    let commits = app
        .stored()
        .await
        .into_iter()
        .filter(|item| item["k"].as_s().unwrap() == "c" && item["pk"].as_s().unwrap().contains("#user#"));
    let commits = commits.count() as u64;
    assert!(commits > 0);
    for name in ["CommitsBuilt", "CommitsVerified"] {
        assert_eq!(sum(recording.metric(name, &DIRECTORY)), commits, "{name}");
    }
}
