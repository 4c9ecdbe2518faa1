//! Users who go: deleted, restored, or over their last day.

use std::collections::BTreeSet;

use acceptance::{Answer, App, Say, command, delete, get, patch, post, put};
use chrono::TimeDelta;
use infra_aws::mail::MailError;
use serde_json::{Value, json};

fn remove(id: &str) -> Say {
    delete(format!("/v1/users/{id}"))
}

fn expire(id: &str, at: &Value) -> Say {
    put(format!("/v1/users/{id}/expiry"), &json!({ "expiresAt": at }))
}

async fn listed(app: &App, query: &str) -> BTreeSet<String> {
    let list = app.when(get(format!("/v1/users{query}"))).await.then(200).body;
    list["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

/// In so many hours from now.
fn in_hours(app: &App, hours: i64) -> Value {
    json!(app.clock.now() + TimeDelta::hours(hours))
}

#[tokio::test]
async fn who_is_deleted_is_gone_everywhere_but_from_the_list_of_the_deleted() {
    let app = App::start().await;
    let id = app.active("bob", &["engineer"]).await;
    let gone = app.when(remove(&id)).await.then(204);
    assert_eq!(gone.body, "");
    let token = gone.header("consistency-token");

    for path in ["", "/provisioning"] {
        let say = get(format!("/v1/users/{id}{path}"));
        app.when(say.clone().header("consistency-token", &token)).await.then_problem(404, "user-unknown");
    }
    app.settle().await;
    for say in [
        get(format!("/v1/users/{id}")),
        get(format!("/v1/users/{id}/provisioning")),
        patch(format!("/v1/users/{id}"), &json!({ "displayName": "Bobby" })),
        post(format!("/v1/users/{id}/email"), &json!({ "email": "new@example.com" })),
        put(format!("/v1/users/{id}/roles/oncall"), &json!({})),
        delete(format!("/v1/users/{id}/roles/engineer")),
        expire(&id, &in_hours(&app, 1)),
        command(&id, "deactivate"),
        command(&id, "reactivate"),
        command(&id, "resend-confirmation"),
        command(&id, "retry-provisioning"),
        command(&id, "cancel-provisioning"),
        remove(&id),
    ] {
        let line = say.line();
        let answer = app.when(say).await;
        assert_eq!((answer.status, answer.text("code").as_str()), (404, "user-unknown"), "{line}");
    }
    assert_eq!(listed(&app, "").await, [].into());
    assert_eq!(listed(&app, "?role=engineer").await, [].into());
    assert_eq!(listed(&app, "?status=inactive").await, [].into());
    assert_eq!(listed(&app, "?status=deleted").await, [id].into());
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn who_is_deleted_holds_no_address_and_no_name() {
    let app = App::start().await;
    let old = app.active("bob", &[]).await;
    assert!(!app.email_is_free("bob@example.com").await && !app.user_name_is_free("bob").await);
    app.when(remove(&old)).await.then(204);
    let body = json!({ "userName": "Bob", "displayName": "Another Bob", "email": "BOB@example.com" });
    let new = app.when(post("/v1/users", &body).key("another")).await.then(202).text("id");
    assert_ne!(new, old);
    // The key still names the user who is deleted.
    let again = json!({ "userName": "bob", "displayName": "bob", "email": "bob@example.com", "roles": [] });
    let replayed = app.when(post("/v1/users", &again).key("bob")).await;
    assert_eq!((replayed.status, replayed.text("id")), (202, old));
}

#[tokio::test]
async fn a_deletion_in_any_state_stops_whatever_is_going_on() {
    let app = App::start().await;
    let pending = app.provisioned("pending", &["engineer"]).await;
    let token = app.mails.last().token;
    app.mails.fail_next(MailError::Refused("550".into()));
    let failed = app.accepted("failed", &[]).await;
    app.settle().await;
    let inactive = app.active("inactive", &["oncall"]).await;
    app.command(&inactive, "deactivate").await.then(200);
    let running = app.accepted("running", &["engineer", "oncall"]).await;
    app.backend.dispatch().await.unwrap();
    let mails = app.mails.sent().len();
    let all = [pending, failed, inactive, running];
    for id in &all {
        app.when(remove(id)).await.then(204);
    }
    app.settle().await;
    app.confirm(&token).await.then_problem(404, "confirmation-unknown");
    assert_eq!(app.mails.sent().len(), mails);
    assert_eq!(listed(&app, "?status=deleted").await, all.into());
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn who_is_restored_comes_back_shut_off_and_is_provisioned_anew_on_request() {
    let app = App::start().await;
    let id = app.active("bob", &["engineer"]).await;
    app.when(remove(&id)).await.then(204);
    app.settle().await;
    app.clock.advance(TimeDelta::days(30));
    assert_eq!(app.command(&id, "restore").await.then(200).text("status"), "inactive");
    let seen = app.user(&id).await;
    assert_eq!((&seen["status"], &seen["roles"]), (&json!("inactive"), &json!(["engineer"])));
    assert!(!app.email_is_free("bob@example.com").await && !app.user_name_is_free("bob").await);
    assert_eq!(listed(&app, "?status=deleted").await, [].into());

    app.command(&id, "reactivate").await.then(200);
    app.settle().await;
    assert_eq!(app.status(&id).await, "active", "the address had been confirmed");
    let links = app.event_types(&id).await.into_iter().filter(|name| name == "user.role_linked");
    assert_eq!(links.count(), 2, "once before the deletion, once after");
    assert_eq!(app.mails.sent().len(), 1);
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn who_was_deleted_before_they_confirmed_gets_a_new_link() {
    let app = App::start().await;
    let id = app.provisioned("bob", &["engineer"]).await;
    let old = app.mails.last().token;
    app.when(remove(&id)).await.then(204);
    app.command(&id, "restore").await.then(200);
    app.confirm(&old).await.then_problem(410, "confirmation-revoked");
    app.command(&id, "reactivate").await.then(200);
    app.settle().await;
    assert_eq!(app.confirm(&app.mails.last().token).await.then(200).text("status"), "active");
    app.settle().await;
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn a_restoration_is_refused_where_it_cannot_be() {
    let app = App::start().await;
    let id = app.active("bob", &[]).await;
    app.command(&id, "restore").await.then_problem(409, "user-not-deleted");
    app.when(remove(&id)).await.then(204);

    let with = |name: &str, email: &str| json!({ "userName": name, "displayName": "X", "email": email });
    let email = app.when(post("/v1/users", &with("other", "bob@example.com")).key("e")).await.then(202);
    app.command(&id, "restore").await.then_problem(409, "email-taken");
    app.when(remove(&email.text("id"))).await.then(204);
    let name = app.when(post("/v1/users", &with("bob", "other@example.com")).key("n")).await.then(202);
    app.command(&id, "restore").await.then_problem(409, "user-name-taken");
    app.when(remove(&name.text("id"))).await.then(204);

    app.clock.advance(TimeDelta::days(30) + TimeDelta::seconds(1));
    app.command(&id, "restore").await.then_problem(410, "user-gone");
    app.command("00000000-0000-4000-8000-000000000000", "restore").await.then_problem(404, "user-unknown");
}

#[tokio::test]
async fn an_expiry_is_a_time_to_come_or_none() {
    let app = App::start().await;
    let id = app.alice().await;
    for at in [in_hours(&app, 0), in_hours(&app, -1)] {
        app.when(expire(&id, &at)).await.then_problem(422, "invalid-value");
    }
    let path = format!("/v1/users/{id}/expiry");
    for (body, code) in [
        (json!({}), "missing-field"),
        (json!({ "expiresAt": "tomorrow" }), "wrong-type"),
        (json!({ "expiresAt": 1 }), "wrong-type"),
        (json!({ "expiresAt": null, "at": null }), "unknown-field"),
    ] {
        let answer = app.when(put(&path, &body)).await.then_problem(400, "invalid-body");
        assert_eq!(answer.body["errors"][0]["code"], code, "{body}");
    }
    app.when(expire(&id, &Value::Null)).await.then(200);
    assert_eq!(app.commits(&id).await.len(), 1, "never was what it was");
    let at = in_hours(&app, 24);
    app.when(expire(&id, &at)).await.then(200);
    assert_eq!(app.user(&id).await["expiresAt"], at);
    app.when(expire(&id, &Value::Null)).await.then(200);
    assert_eq!(app.user(&id).await["expiresAt"], Value::Null);
}

#[tokio::test]
async fn the_watchdog_shuts_off_who_is_over_their_last_day() {
    let app = App::start().await;
    let bob = app.active("bob", &[]).await;
    let carol = app.provisioned("carol", &[]).await;
    let (token, path) = (app.mails.last().token, |id: &str| format!("/v1/users/{id}"));
    for id in [&bob, &carol] {
        app.when(expire(id, &in_hours(&app, 24))).await.then(200);
    }
    app.settle().await;
    app.clock.advance(TimeDelta::hours(24) - TimeDelta::seconds(1));
    assert_eq!(app.backend.watch().await.unwrap().shut_off, 0);
    app.clock.advance(TimeDelta::seconds(1));
    app.confirm(&token).await.then_problem(410, "confirmation-expired");
    app.clock.advance(TimeDelta::seconds(1));
    assert_eq!(app.backend.watch().await.unwrap().shut_off, 2);
    app.settle().await;
    assert_eq!(app.backend.watch().await.unwrap().due, 0);
    for id in [&bob, &carol] {
        assert_eq!(app.when(get(path(id))).await.then(200).text("status"), "inactive");
        app.command(id, "reactivate").await.then_problem(409, "user-expired");
    }
    let reasons: Vec<Value> =
        app.commits(&bob).await.into_iter().flat_map(|c| c.events).map(|e| e.payload).collect();
    assert_eq!(reasons.last().unwrap()["user.deactivated"]["reason"], "expired");

    app.when(expire(&bob, &in_hours(&app, 24))).await.then(200);
    assert_eq!(app.command(&bob, "reactivate").await.then(200).text("status"), "active");
    app.when(expire(&carol, &Value::Null)).await.then(200);
    app.command(&carol, "reactivate").await.then(200);
    app.settle().await;
    assert_eq!(app.status(&carol).await, "pending_confirmation");
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn a_later_expiry_overtakes_an_earlier_one() {
    let app = App::start().await;
    let id = app.active("bob", &[]).await;
    app.when(expire(&id, &in_hours(&app, 1))).await.then(200);
    app.settle().await;
    app.clock.advance(TimeDelta::minutes(61));
    // The row that is due still says so; the stream does not.
    app.when(expire(&id, &in_hours(&app, 1))).await.then(200);
    assert_eq!(app.backend.watch().await.unwrap().shut_off, 0);
    assert_eq!(app.user(&id).await["status"], "active");
}

#[tokio::test]
async fn provisioning_ends_with_its_users_last_day() {
    let app = App::start().await;
    let id = app.alice().await;
    app.when(expire(&id, &json!(app.clock.now() + TimeDelta::minutes(2)))).await.then(200);
    app.backend.project().await.unwrap();
    app.backend.dispatch().await.unwrap();
    app.clock.advance(TimeDelta::seconds(121));
    assert_eq!(app.backend.watch().await.unwrap().shut_off, 1);
    app.settle().await;
    assert_eq!(app.status(&id).await, "inactive");
    assert!(app.mails.sent().is_empty());
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn deleting_twice_under_one_key_is_answered_like_the_first_time() {
    let app = App::start().await;
    let id = app.alice().await;
    let answers: [Answer; 2] =
        [app.when(remove(&id).key("gone")).await, app.when(remove(&id).key("gone")).await];
    assert_eq!(answers.map(|answer| answer.then(204).header("etag")), ["\"2\"", "\"2\""]);
    assert_eq!(app.commits(&id).await.len(), 2);
}
