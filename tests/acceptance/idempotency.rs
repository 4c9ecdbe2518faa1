//! One key, one effect, one answer: every command sent again, at once and after everything else has happened.

use std::collections::BTreeSet;

use acceptance::{Answer, App, Say, alice, command, delete, patch, post, put};
use chrono::TimeDelta;
use serde_json::json;

use crate::dry_run::{commands_of, life_of_a_webhook, of_any_webhook};

/// The headers that say something of the command and not of the request.
const TELLING: [&str; 6] =
    ["content-type", "etag", "consistency-token", "location", "link", "preference-applied"];

fn same(again: &Answer, first: &Answer, what: &str) {
    assert_eq!(again.status, first.status, "{what}: {}", again.body);
    assert_eq!(again.bytes, first.bytes, "{what}");
    for name in TELLING {
        assert_eq!(again.headers.get(name), first.headers.get(name), "{what}: {name}");
    }
}

#[tokio::test]
async fn every_command_that_is_sent_again_is_answered_byte_for_byte_and_done_once() {
    let app = App::start().await;
    let id = app.derived_id("create");
    let path = format!("/v1/users/{id}");
    let tomorrow = json!({ "expiresAt": app.clock.now() + TimeDelta::hours(24) });
    let mut body = alice();
    body["roles"] = json!(["engineer", "pilot"]);
    let story = [
        put("/v1/settings", &json!({ "confirmationLifetimeHours": 5 })),
        post("/v1/roles", &json!({ "name": "pilot", "grants": ["helpdesk"] })),
        post("/v1/users", &body).key("create"),
        patch(&path, &json!({ "userName": "alice.l" })),
        post(format!("{path}/email"), &json!({ "email": "new@example.com" })),
        command(&id, "resend-confirmation"),
        command(&id, "cancel-provisioning"),
        put(format!("{path}/expiry"), &tomorrow),
        command(&id, "reactivate"),
        command(&id, "retry-provisioning"),
        put(format!("{path}/roles/oncall"), &json!({})),
        delete(format!("{path}/roles/pilot")),
        command(&id, "deactivate"),
        delete(&path),
        command(&id, "restore"),
        post("/v1/roles/pilot/retire", &json!({})),
    ];
    let (_, life_of_a_webhook) = life_of_a_webhook(&app).await;
    let mut answered: Vec<(Say, Answer)> = Vec::new();
    for (number, say) in story.into_iter().chain(life_of_a_webhook).enumerate() {
        let line = say.line();
        if line.ends_with("reactivate") {
            app.mails.fail_next(infra_aws::mail::MailError::Refused("550".into()));
        }
        let say = if ["POST /v1/users", "POST /v1/webhooks"].contains(&line.as_str()) {
            say
        } else {
            say.key(&format!("key-{number}"))
        };
        let first = app.when(say.clone()).await;
        assert!((200..300).contains(&first.status), "{line}: {}", first.body);
        let stored = app.stored().await.len();
        same(&app.when(say.clone()).await, &first, &line);
        assert_eq!(app.stored().await.len(), stored, "{line} is done once");
        answered.push((say, first));
        app.settle().await;
        app.clock.advance(TimeDelta::minutes(1));
    }
    let told: BTreeSet<String> = answered.iter().map(|(say, _)| of_any_webhook(&say.line())).collect();
    let all = commands_of(&id).map(|say| of_any_webhook(&say.line())).collect();
    assert_eq!(told, all, "every route has its turn");

    let stored = app.stored().await.len();
    for (say, first) in answered {
        let line = say.line();
        same(&app.when(say).await, &first, &format!("{line}, at the end"));
    }
    assert_eq!(app.stored().await.len(), stored);
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn every_command_is_done_once_though_eight_of_it_come_at_the_same_instant() {
    let app = App::start().await;
    let id = app.alice().await;
    app.settle().await;
    let path = format!("/v1/users/{id}");
    let says = [
        patch(&path, &json!({ "displayName": "Alice" })),
        post(format!("{path}/email"), &json!({ "email": "new@example.com" })),
        put(format!("{path}/roles/oncall"), &json!({})),
        command(&id, "deactivate"),
        command(&id, "reactivate"),
        post("/v1/roles", &json!({ "name": "pilot" })),
        put("/v1/settings", &json!({ "confirmationLifetimeHours": 5 })),
        delete(&path),
    ];
    for say in says {
        let say = say.key("k");
        let answers = futures_util::future::join_all((0..8).map(|_| app.when(say.clone()))).await;
        let stored = app.stored().await.len();
        for answer in &answers {
            assert!((200..300).contains(&answer.status), "{}: {}", say.line(), answer.body);
            same(answer, &answers[0], &say.line());
        }
        assert_eq!(app.stored().await.len(), stored);
    }
}

#[tokio::test]
async fn a_key_that_cannot_be_one_is_refused() {
    let app = App::start().await;
    let id = app.alice().await;
    for key in ["", "\"\"", &"k".repeat(201), "a\tb"] {
        app.when(command(&id, "deactivate").key(key)).await.then_problem(400, "invalid-header");
    }
    app.when(post("/v1/users", &alice())).await.then_problem(400, "idempotency-key-required");
    assert_eq!(app.commits(&id).await.len(), 1);
}
