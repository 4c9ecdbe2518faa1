//! Conditional reads, and reads that wait for news.

use acceptance::{App, Say, command, delete, get, put};
use chrono::TimeDelta;
use futures_util::FutureExt as _;
use infra_local::faults::{At, Fault};
use serde_json::json;

fn provisioning(id: &str) -> Say {
    get(format!("/v1/users/{id}/provisioning"))
}

fn knowing(say: Say, tags: &str) -> Say {
    say.header("if-none-match", tags)
}

fn waiting(id: &str, seconds: u32, tags: &str) -> Say {
    knowing(provisioning(id).with("wait", &seconds.to_string()), tags)
}

/// Alice, created and known to the views, at version 1.
async fn accepted() -> (App, String) {
    let app = App::start().await;
    let id = app.alice().await;
    app.backend.project().await.unwrap();
    app.tap.reset();
    (app, id)
}

#[tokio::test]
async fn what_the_caller_has_already_is_not_sent_again() {
    let (app, id) = accepted().await;
    app.when(put("/v1/settings", &json!({}))).await;
    for path in [format!("/v1/users/{id}"), format!("/v1/users/{id}/provisioning"), "/v1/settings".into()] {
        let first = app.when(get(&path)).await.then(200);
        let tag = first.header("etag");
        for tags in [tag.clone(), format!("W/{tag}"), format!("\"77\", {tag}"), "*".into()] {
            let again = app.when(knowing(get(&path), &tags)).await.then(304);
            assert_eq!((again.header("etag"), again.body.as_str()), (tag.clone(), Some("")), "{path} {tags}");
            assert_eq!(again.header("consistency-token"), first.header("consistency-token"));
        }
        app.when(knowing(get(&path), "\"another\"")).await.then(200);
        app.when(knowing(get(&path), "1")).await.then_problem(400, "invalid-header");
    }
}

#[tokio::test]
async fn who_knows_something_newer_than_the_view_is_not_sent_something_older() {
    let (app, id) = accepted().await;
    app.command(&id, "deactivate").await.then(200);
    for path in [format!("/v1/users/{id}"), format!("/v1/users/{id}/provisioning")] {
        app.when(knowing(get(&path), "\"2\"")).await.then(304);
        app.when(knowing(get(&path), "\"1\"")).await.then(304);
    }
}

/// Which generation is live an instance reads every two seconds. Whatever is asked next is counted.
async fn know_the_pointers(app: &App, id: &str) {
    app.when(provisioning(id)).await.then(200);
    app.tap.reset();
}

#[tokio::test]
async fn news_that_is_there_already_is_answered_at_once() {
    let (app, id) = accepted().await;
    app.command(&id, "deactivate").await.then(200);
    app.backend.project().await.unwrap();
    know_the_pointers(&app, &id).await;
    for tags in ["\"1\"", "\"another\""] {
        let news = app.when(waiting(&id, 20, tags)).await.then(200);
        assert_eq!((news.text("status").as_str(), news.header("etag").as_str()), ("inactive", "\"2\""));
    }
    assert_eq!(app.tap.log(), ["GetItem", "GetItem"], "one look each");
}

#[tokio::test]
async fn a_change_ends_the_wait() {
    let (app, id) = accepted().await;
    let door = app.door();
    let shut_off = command(&id, "deactivate");
    // Before the second look.
    app.tap.before_request(At::Request(2), move || {
        async move {
            door.send(shut_off).await.then(200);
        }
        .boxed()
    });
    let project = async {
        // The third look or a later one sees what the projector has written.
        while app.tap.unmet() > 0 {
            tokio::task::yield_now().await;
        }
        while app.backend.project().await.unwrap() == infra_local::host::Delivery::Idle {}
    };
    let (news, ()) = tokio::join!(app.when(waiting(&id, 20, "\"1\"")), project);
    assert_eq!(news.then(200).text("status"), "inactive");
}

#[tokio::test]
async fn without_a_change_the_wait_ends_with_304() {
    let (app, id) = accepted().await;
    for (seconds, looks) in [(0, 1), (1, 4)] {
        know_the_pointers(&app, &id).await;
        let same = app.when(waiting(&id, seconds, "\"1\"")).await.then(304);
        assert_eq!(same.header("etag"), "\"1\"");
        assert_eq!(app.tap.log(), vec!["GetItem"; looks], "{seconds}");
    }
}

#[tokio::test]
async fn who_is_deleted_meanwhile_is_not_there() {
    let (app, id) = accepted().await;
    app.when(delete(format!("/v1/users/{id}"))).await;
    app.backend.project().await.unwrap();
    app.when(waiting(&id, 20, "\"1\"")).await.then_problem(404, "user-unknown");
    app.when(waiting(&app.derived_id("nobody"), 20, "\"1\"")).await.then_problem(404, "user-unknown");
}

#[tokio::test]
async fn who_is_shut_off_while_they_wait_is_told_so_and_not_the_news() {
    let app = App::start().await;
    let ann = app.owner("ann").await;
    app.owner("ben").await;
    let id = app.provisioned("carla", &[]).await;
    let version = app.provisioning(&id).await["version"].to_string();
    app.when(get("/v1/roles").by_user(&ann)).await.then(200);
    app.tap.reset();
    let (door, clock, shut_off) = (app.door(), app.clock.clone(), command(&ann, "deactivate"));
    app.tap.before_request(At::Request(2), move || {
        async move {
            door.send(shut_off).await.then(200);
            clock.advance(TimeDelta::seconds(5));
        }
        .boxed()
    });
    let say = waiting(&id, 1, &format!("\"{version}\"")).by_user(&ann);
    app.when(say).await.then_problem(403, "caller-inactive");
}

#[tokio::test]
async fn a_look_that_fails_ends_the_wait() {
    let (app, id) = accepted().await;
    for attempt in 2..10 {
        app.tap.inject(At::Request(attempt), Fault::ServerError);
    }
    app.when(waiting(&id, 20, "\"1\"")).await.then_problem(503, "unavailable");
}

#[tokio::test]
async fn a_wait_that_is_none_is_refused() {
    let (app, id) = accepted().await;
    for wait in ["21", "-1", "1.5", "x"] {
        let say = knowing(provisioning(&id).with("wait", wait), "\"1\"");
        app.when(say).await.then_problem(400, "invalid-parameter");
    }
    app.when(provisioning(&id).with("wait", "5")).await.then_problem(400, "invalid-parameter");
    app.when(waiting(&id, 5, "*")).await.then_problem(400, "invalid-parameter");
    app.when(waiting(&id, 5, "\"1\"").with("version", "1")).await.then_problem(400, "invalid-parameter");
    app.when(waiting(&id, 5, "5")).await.then_problem(400, "invalid-header");
    app.when(get(format!("/v1/users/{id}?wait=5"))).await.then_problem(400, "invalid-parameter");
}
