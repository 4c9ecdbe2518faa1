//! Whatever happens, nobody's address, name or token is written down.

use acceptance::{App, command, confirm, delete, get, patch, post, put};
use aws_sdk_dynamodb::types::AttributeValue::{N, S};
use chrono::TimeDelta;
use domain::CallerRole;
use infra_aws::mail::MailError;
use infra_local::stack::{EVENTS_TABLE, VIEWS_TABLE};
use serde_json::json;

use crate::recording::Recording;

/// What nobody is to read in a log, in lower case.
const SECRET: [&str; 9] =
    ["example.com", "example.org", "quixote", "dulcinea", "alonso", "rocinante", "bearer", "eyj", "s3cret"];

/// Fails, and says where, if a line holds what it must not.
fn then_nothing_is_told(recording: &Recording, tokens: &[String]) {
    let text = recording.text();
    assert!(text.lines().count() > 40, "something was written at all");
    for line in text.lines() {
        let lower = line.to_lowercase();
        let told = SECRET.iter().find(|secret| lower.contains(**secret));
        assert_eq!(told, None, "{line}");
        assert!(!tokens.iter().any(|token| line.contains(token)), "a token: {line}");
    }
}

async fn damage(app: &App, table: &str, key: (&str, &str), attribute: (&str, &str)) {
    let sort = if table == EVENTS_TABLE { N(key.1.into()) } else { S(key.1.into()) };
    let update = app.backend.stack.clients.dynamodb.update_item().table_name(table);
    let update = update.key("pk", S(key.0.into())).key("sk", sort);
    let update = update.update_expression("SET #a = :v").expression_attribute_names("#a", attribute.0);
    update.expression_attribute_values(":v", S(attribute.1.into())).send().await.unwrap();
}

#[tokio::test]
async fn no_journey_leaves_a_person_in_the_logs() {
    let recording = Recording::start().await;
    let app = App::start().await;
    let body = json!({ "userName": "dulcinea", "displayName": "Alonso Quixote", "email": "dulcinea@example.com",
        "roles": ["engineer"] });
    let create = post("/v1/users", &body).key("dulcinea@example.com");
    let create = create.header("x-correlation-id", "dulcinea@example.com");
    for reason in ["450 <dulcinea@example.com>: try later", "451 dulcinea@example.com busy"] {
        app.mails.fail_next(MailError::Unavailable(reason.into()));
    }
    let id = app.when(create.clone()).await.then(202).text("id");
    app.settle().await;
    for _ in 0..3 {
        app.clock.advance(TimeDelta::minutes(1));
        app.settle().await;
    }
    let token = app.mails.last().token;
    app.when(create).await.then(202);
    app.when(post("/v1/users", &body).key("other")).await.then_problem(409, "email-taken");

    // Wrong tokens, and the right one.
    let wrong = format!("{}s3cret", &token[..token.len() - 6]);
    app.when(confirm(&wrong)).await;
    app.when(confirm("s3cret")).await;
    app.confirm(&token).await.then(200);

    // Bad input that quotes people.
    for text in [
        r#"{"userName":"dulcinea"#,
        r#"{"userName":["dulcinea@example.com"]}"#,
        r#"{"dulcinea@example.com":1}"#,
        r#""dulcinea@example.com""#,
        r#"{"userName":"Dulcinea Quixote <","displayName":"","email":"dulcinea@@example.com"}"#,
    ] {
        let refused = app.when(post("/v1/users", &json!({})).key("bad").body(text)).await;
        assert!([400, 422].contains(&refused.status), "{text}: {}", refused.body);
    }
    app.when(get("/v1/users/dulcinea@example.com")).await.then(404);
    app.when(get("/v1/users?email=dulcinea@example.com&quixote=dulcinea")).await;
    app.when(get("/v1/users?email=dulcinea@example.com")).await.then(200);
    app.when(get("/nowhere/dulcinea@example.com")).await.then(404);

    // Changes, refusals, and an address that bounces.
    app.when(patch(format!("/v1/users/{id}"), &json!({ "displayName": "Rocinante" }))).await.then(200);
    app.mails.fail_next(MailError::Refused("550 5.1.1 rocinante@example.org is unknown".into()));
    app.when(post(format!("/v1/users/{id}/email"), &json!({ "email": "rocinante@example.org" }))).await;
    app.settle().await;
    let template = json!({ "templates": { "confirmation": { "subject": "Quixote", "text": "no link" } } });
    app.when(put("/v1/settings", &template)).await;
    for name in ["deactivate", "reactivate", "restore", "retry-provisioning"] {
        app.when(command(&id, name)).await;
    }
    app.settle().await;
    app.backend.watch().await.unwrap();

    // Messages that are none.
    app.tell(r#"{"tenant":"acme","user":"dulcinea@example.com","step":"s3cret"}"#).await;
    app.tell("dulcinea@example.com").await;
    app.settle().await;

    // What cannot be read is set aside.
    damage(&app, VIEWS_TABLE, ("acme#user_directory@1", &id), ("d", r#"{"status":"dulcinea@example.com"}"#))
        .await;
    app.when(command(&id, "deactivate")).await.then(200);
    app.settle().await;
    let damaged = app.accepted("rocinante", &[]).await;
    damage(&app, EVENTS_TABLE, (&format!("acme#user#{damaged}"), "1"), ("e", "rocinante@example.com")).await;
    app.when(command(&damaged, "deactivate")).await;
    app.settle().await;
    let retry = post("/v1/parked/retry", &json!({})).by(CallerRole::ReplayOperator);
    app.when(retry).await;
    let replay = post("/v1/replays", &json!({ "projection": "user_directory", "segments": 1 }));
    app.when(replay.by(CallerRole::ReplayOperator)).await.then(202);
    while app.backend.replay().await.unwrap() > 0 {}

    app.when(delete(format!("/v1/users/{id}"))).await;
    app.settle().await;
    assert!(!app.parked().await.is_empty(), "something was set aside");
    let tokens: Vec<String> =
        app.mails.sent().into_iter().map(|mail| mail.token).filter(|t| !t.is_empty()).collect();
    then_nothing_is_told(&recording, &tokens);
}
