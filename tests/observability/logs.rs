//! The lines that are there, and what stands in them.

use acceptance::{App, alice, command, post};
use domain::CallerRole;
use infra_aws::mail::MailError;
use serde_json::{Value, json};

use crate::recording::Recording;

fn has(line: &Value, fields: &[&str]) {
    for field in fields {
        assert!(!line[*field].is_null() && line[*field] != "", "{field} is missing: {line}");
    }
}

/// Alice, on her way under this correlation id; her id.
async fn journey(app: &App) -> String {
    let create = post("/v1/users", &alice()).key("alice").header("x-correlation-id", "journey-1");
    let id = app.when(create).await.then(202).text("id");
    app.settle().await;
    id
}

#[tokio::test]
async fn every_line_of_a_journey_says_what_it_belongs_to() {
    let recording = Recording::start().await;
    let app = App::start().await;
    recording.forget();
    let id = journey(&app).await;
    let stream = format!("acme#user#{id}");
    let of_the_journey = |line: &Value| {
        assert_eq!(
            (&line["correlationId"], &line["tenant"], &line["stream"]),
            (&json!("journey-1"), &json!("acme"), &json!(stream)),
            "{line}"
        )
    };

    let commands = recording.said("command");
    let names: Vec<&str> = commands.iter().map(|line| line["command"].as_str().unwrap()).collect();
    let expected = [
        "create_user",
        "record_step_result",
        "record_step_result",
        "issue_confirmation",
        "record_step_result",
    ];
    assert_eq!(names, expected);
    for line in &commands {
        has(line, &["commandId", "requestId", "traceId", "commit", "outcome", "durationMs", "roundTrips"]);
        of_the_journey(line);
    }
    has(&commands[1], &["causationId"]);

    let sent = recording.said("step sent");
    assert_eq!(sent.len(), 3);
    let steps = recording.said("step");
    assert_eq!(steps.len(), 3);
    for line in sent.iter().chain(&steps) {
        has(line, &["requestId", "function", "causationId", "step", "epoch", "traceId"]);
        of_the_journey(line);
    }
    steps.iter().for_each(|line| has(line, &["messageId", "attempt", "outcome", "durationMs", "latencyMs"]));

    for line in recording.said("projected") {
        has(&line, &["requestId", "function", "commandId", "commit", "firstCommit", "rows", "ageMs"]);
        of_the_journey(&line);
    }
    let commits: u64 =
        recording.said("batch projected").iter().map(|line| line["commits"].as_u64().unwrap()).sum();
    assert_eq!(commits, app.commits(&id).await.len() as u64);
    let [request] = recording.said("request").try_into().unwrap();
    has(&request, &["requestId", "method", "route", "status", "durationMs", "traceId"]);
    assert_eq!((&request["correlationId"], &request["route"]), (&json!("journey-1"), &json!("/v1/users")));
    let traces: Vec<&Value> =
        commands.iter().chain(&steps).chain(&sent).map(|line| &line["traceId"]).collect();
    assert!(traces.iter().all(|trace| **trace == request["traceId"]), "all of it is one trace");
}

#[tokio::test]
async fn a_command_says_what_it_came_to() {
    let recording = Recording::start().await;
    let app = App::start().await;
    let id = app.alice().await;
    app.settle().await;
    recording.forget();
    app.alice().await;
    let mut again = alice();
    again["userName"] = json!("alice2");
    app.when(post("/v1/users", &again).key("another")).await.then_problem(409, "email-taken");
    app.when(command(&id, "restore")).await.then_problem(409, "user-not-deleted");
    app.when(command(&id, "deactivate").header("if-match", "\"1\""))
        .await
        .then_problem(412, "version-mismatch");
    app.when(command(&id, "deactivate")).await.then(200);
    let came_to: Vec<(String, Value)> = recording
        .said("command")
        .into_iter()
        .map(|line| (line["outcome"].as_str().unwrap().to_owned(), line["code"].clone()))
        .collect();
    let rejected = |code: &str| ("rejected".to_owned(), json!(code));
    assert_eq!(
        came_to,
        [
            ("duplicate".to_owned(), Value::Null),
            rejected("email-taken"),
            rejected("user-not-deleted"),
            rejected("version-mismatch"),
            ("accepted".to_owned(), Value::Null),
        ]
    );
}

#[tokio::test]
async fn tries_and_segments_are_told_one_by_one() {
    let recording = Recording::start().await;
    let app = App::start().await;
    app.mails.fail_next(MailError::Unavailable("451".into()));
    recording.forget();
    journey(&app).await;
    app.clock.advance(chrono::TimeDelta::minutes(1));
    app.settle().await;
    let mails = recording.said("step").into_iter().filter(|line| line["step"] == "send_confirmation:1");
    let tried: Vec<(Value, Value, Value)> =
        mails.map(|line| (line["outcome"].clone(), line["attempt"].clone(), line["code"].clone())).collect();
    let expected = [
        (json!("retryable"), json!(1), json!("mail-unavailable")),
        (json!("succeeded"), json!(2), Value::Null),
    ];
    assert_eq!(tried, expected);

    let replay = post("/v1/replays", &json!({ "projection": "user_directory", "segments": 2 }));
    app.when(replay.by(CallerRole::ReplayOperator)).await.then(202);
    while app.backend.replay().await.unwrap() > 0 {}
    let slices = recording.said("slice of a segment");
    slices
        .iter()
        .for_each(|line| has(line, &["requestId", "replay", "phase", "segment", "commits", "durationMs"]));
    let phases: Vec<&Value> = slices.iter().map(|line| &line["phase"]).collect();
    assert_eq!(phases, ["build", "build", "verify", "verify"]);
}
