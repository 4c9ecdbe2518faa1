//! A user as they were: after a commit, or at an instant.

use acceptance::{App, Say, command, delete, get, patch, put};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

fn user(id: &str, when: &str) -> Say {
    get(format!("/v1/users/{id}?{when}"))
}

fn provisioning(id: &str, when: &str) -> Say {
    get(format!("/v1/users/{id}/provisioning?{when}"))
}

/// Alice, with whom something happens in every minute after noon; everything delivered each time. What was
/// answered of her then, and when.
async fn watched() -> (App, String, Vec<(DateTime<Utc>, Value, Value)>) {
    let app = App::start().await;
    let id = app.alice().await;
    let path = |rest: &str| format!("/v1/users/{id}{rest}");
    let mut seen = Vec::new();
    let steps = [
        get("/healthz"),
        patch(path(""), &json!({ "displayName": "Al" })),
        put(path("/expiry"), &json!({ "expiresAt": "2027-01-31T00:00:00Z" })),
        command(&id, "deactivate"),
        command(&id, "reactivate"),
        delete(path("/roles/oncall")),
    ];
    for step in steps {
        app.when(step).await;
        app.settle().await;
        let now = [user(&id, ""), provisioning(&id, "")];
        let [user, provisioning] = now.map(async |say| app.when(say).await.then(200).body);
        seen.push((app.clock.now(), user.await, provisioning.await));
        app.clock.advance(TimeDelta::minutes(1));
    }
    (app, id, seen)
}

#[tokio::test]
async fn a_user_is_shown_as_of_every_version_that_was_seen() {
    let (app, id, seen) = watched().await;
    for (_, then_user, then_provisioning) in seen {
        let when = format!("version={}", then_user["version"]);
        let shown = app.when(user(&id, &when)).await.then(200);
        assert_eq!(shown.body, then_user, "{when}");
        assert_eq!(shown.header("etag"), format!("\"{}\"", then_user["version"]));
        assert_eq!(shown.header("consistency-token"), then_user["version"].to_string());
        assert_eq!(shown.header("cache-control"), "private, no-cache");
        assert_eq!(app.when(provisioning(&id, &when)).await.then(200).body, then_provisioning, "{when}");
    }
}

#[tokio::test]
async fn a_user_is_shown_as_of_any_instant() {
    let (app, id, seen) = watched().await;
    for (at, then_user, then_provisioning) in seen {
        for later in [0, 59_999] {
            let at =
                (at + TimeDelta::milliseconds(later)).to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
            let when = format!("at={at}");
            assert_eq!(app.when(user(&id, &when)).await.then(200).body, then_user, "{when}");
            assert_eq!(app.when(provisioning(&id, &when)).await.then(200).body, then_provisioning, "{when}");
        }
    }
    let offset = user(&id, "at=2026-11-21T14:00:00%2B02:00");
    assert_eq!(app.when(offset).await.then(200).text("displayName"), "Alice Liddell");
}

#[tokio::test]
async fn what_no_view_has_yet_is_shown_too() {
    let app = App::start().await;
    let id = app.alice().await;
    app.command(&id, "deactivate").await.then(200);
    assert_eq!(app.when(user(&id, "version=2")).await.then(200).text("status"), "inactive");
    assert_eq!(app.when(user(&id, "version=1")).await.then(200).text("status"), "provisioning");
}

#[tokio::test]
async fn what_is_yet_to_come_is_now() {
    let (app, id, seen) = watched().await;
    let (_, now, _) = seen.last().unwrap();
    assert_eq!(app.when(user(&id, "at=2099-01-01T00:00:00Z")).await.then(200).body, *now);
}

#[tokio::test]
async fn a_version_beyond_the_newest_is_not_there_and_the_newest_is_named() {
    let app = App::start().await;
    let id = app.alice().await;
    for say in [user(&id, "version=2"), provisioning(&id, "version=18446744073709551615")] {
        let refused = app.when(say).await.then_problem(404, "version-unknown");
        assert!(refused.text("detail").starts_with("The newest version is 1. "), "{}", refused.body);
    }
}

#[tokio::test]
async fn before_the_creation_nobody_is_there_and_since_when_is_told() {
    let app = App::start().await;
    let id = app.alice().await;
    for say in [user(&id, "at=2026-11-21T11:59:59.999Z"), provisioning(&id, "at=1970-01-01T00:00:00Z")] {
        let refused = app.when(say).await.then_problem(404, "not-created-yet");
        let since = "The user exists since 2026-11-21T12:00:00.000Z. ";
        assert!(refused.text("detail").starts_with(since), "{}", refused.body);
    }
}

#[tokio::test]
async fn who_is_deleted_now_is_shown_as_of_their_life() {
    let app = App::start().await;
    let id = app.active("bob", &["engineer"]).await;
    let alive = app.user(&id).await;
    app.clock.advance(TimeDelta::minutes(1));
    app.when(delete(format!("/v1/users/{id}"))).await;
    app.settle().await;
    let last = app.commits(&id).await.len();
    for ask in [user, provisioning] {
        app.when(ask(&id, "")).await.then_problem(404, "user-unknown");
        for when in [format!("version={last}"), "at=2026-11-21T12:01:00Z".into()] {
            app.when(ask(&id, &when)).await.then_problem(404, "user-unknown");
        }
        let then = app.when(ask(&id, &format!("version={}", alive["version"]))).await.then(200);
        assert_eq!(then.text("status"), "active");
    }
    let then = app.when(user(&id, "at=2026-11-21T12:00:59Z")).await.then(200);
    assert_eq!(then.body, alive);
}

#[tokio::test]
async fn a_moment_that_is_none_is_refused() {
    let app = App::start().await;
    let id = app.alice().await;
    for when in [
        "version=0",
        "version=-1",
        "version=x",
        "version=1&at=2026-11-21T12:00:00Z",
        "at=noon",
        "at=2026-11-21",
        "at=2026-11-21T12:00:00+02:00",
        "verison=1",
        "version=1&version=2",
    ] {
        for say in [user(&id, when), provisioning(&id, when)] {
            app.when(say).await.then_problem(400, "invalid-parameter");
        }
    }
}

#[tokio::test]
async fn nobody_sees_what_another_tenants_user_was() {
    let app = App::start().await;
    let id = app.alice().await;
    for when in ["version=1", "version=9", "at=2026-11-21T12:00:00Z", "at=1970-01-01T00:00:00Z"] {
        for say in [user(&id, when), provisioning(&id, when)] {
            app.when(say.of_tenant("globex")).await.then_problem(404, "user-unknown");
        }
    }
}

#[tokio::test]
async fn what_an_earlier_release_recorded_is_shown_as_of_then() {
    let app = App::start().await;
    let id = app.alice().await;
    app.command(&id, "deactivate").await.then(200);
    app.rewrite_first_commit(&id, |tags, events| {
        *tags = vec!["user.created@1".into(), "provisioning.started@1".into()];
        events[0]["user.created"]["roles"] = json!(["engineer", "oncall"]);
        events[1]["provisioning.started"].as_object_mut().unwrap().remove("at");
    })
    .await;
    let then = app.when(user(&id, "version=1")).await.then(200);
    assert_eq!(then.body["roles"], json!(["engineer", "oncall"]));
}

#[tokio::test]
async fn whoever_has_a_version_is_not_sent_it_again() {
    let app = App::start().await;
    let id = app.alice().await;
    app.command(&id, "deactivate").await.then(200);
    let again = user(&id, "version=1").header("if-none-match", "\"1\"");
    let same = app.when(again).await.then(304);
    assert_eq!((same.header("etag").as_str(), same.body.as_str()), ("\"1\"", Some("")));
    app.when(user(&id, "version=2").header("if-none-match", "\"1\"")).await.then(200);
}
