//! `ETag`, `If-Match` and `If-None-Match`: nobody overwrites what they have not seen, and nothing keeps a shut-off
//! waiting.

use acceptance::{App, Say, command, delete, get, patch, post, put};
use serde_json::json;

use crate::dry_run::{commands_of, of_any_webhook};

/// What replaces a value that somebody else may have written meanwhile.
fn replacing(id: &str, webhook: &str) -> [Say; 4] {
    [
        patch(format!("/v1/users/{id}"), &json!({ "displayName": "Al" })),
        put(format!("/v1/users/{id}/expiry"), &json!({ "expiresAt": "2027-01-31T00:00:00Z" })),
        put("/v1/settings", &json!({ "confirmationLifetimeHours": 5 })),
        patch(format!("/v1/webhooks/{webhook}"), &json!({ "url": "https://example.com/other" })),
    ]
}

#[tokio::test]
async fn whoever_replaces_something_says_what_they_have_seen() {
    let app = App::start().await;
    let id = app.alice().await;
    let hook = post("/v1/webhooks", &json!({ "url": "https://example.com/", "types": ["user.deleted"] }));
    let webhook = app.when(hook.key("hook")).await.then(201).text("id");
    for say in replacing(&id, &webhook) {
        let line = say.line();
        let stored = app.stored().await.len();
        let unseen = || say.clone().without("if-match");
        let answer = app.when(unseen()).await.then_problem(428, "precondition-required");
        assert!(answer.text("detail").contains("If-Match"), "{line}");
        app.when(unseen().dry()).await.then_problem(428, "precondition-required");
        app.when(say.clone().header("if-match", "\"7\"")).await.then_problem(412, "version-mismatch");
        assert_eq!(app.stored().await.len(), stored, "{line}");
        let (_, path) = line.split_once(' ').unwrap();
        let read = get(path.trim_end_matches("/expiry"));
        let seen = app.when(read.clone()).await.then(200).header("etag");
        let done = app.when(say.clone().header("if-match", &seen)).await.then(200).header("etag");
        assert_ne!(done, seen, "{line}");
        // A second one with the same tag would overwrite what the first one wrote.
        let again = app.when(say.clone().header("if-match", &seen)).await;
        again.then_problem(412, "version-mismatch");
        app.when(say.header("if-match", "*")).await.then(200);
        app.backend.project().await.unwrap();
    }
}

#[tokio::test]
async fn every_other_command_needs_no_tag_and_heeds_one() {
    let app = App::start().await;
    let id = app.alice().await;
    app.settle().await;
    let replaces = replacing(&id, &id).map(|say| of_any_webhook(&say.line()));
    for say in commands_of(&id).filter(|say| !replaces.contains(&of_any_webhook(&say.line()))) {
        let (line, say) = (say.line(), say.without("if-match"));
        if !["POST /v1/users", "POST /v1/webhooks"].contains(&line.as_str()) {
            let stale = app.when(say.clone().header("if-match", "\"999\"")).await;
            assert!([404, 412].contains(&stale.status), "{line}: {}", stale.body);
        }
        assert_ne!(app.when(say.dry()).await.status, 428, "{line}");
    }
    app.when(command(&id, "deactivate").without("if-match")).await.then(200);
    app.when(delete(format!("/v1/users/{id}")).without("if-match")).await.then(204);
}

#[tokio::test]
async fn what_is_no_tag_of_ours_is_refused() {
    let app = App::start().await;
    let id = app.alice().await;
    for tag in
        ["", "1", "W/\"1\"", "\"1", "\"01\"", "\"+1\"", "\"x\"", "\"1\", \"2\"", "\"18446744073709551616\""]
    {
        for say in
            [command(&id, "deactivate"), patch(format!("/v1/users/{id}"), &json!({ "displayName": "Al" }))]
        {
            app.when(say.header("if-match", tag)).await.then_problem(400, "invalid-header");
        }
    }
    assert_eq!(app.commits(&id).await.len(), 1);
}

#[tokio::test]
async fn every_user_resource_has_a_tag_and_is_not_sent_twice() {
    let app = App::start().await;
    let id = app.alice().await;
    app.settle().await;
    let path = |rest: &str| format!("/v1/users/{id}{rest}");
    let paths = ["", "/provisioning", "/timeline", "/timeline?order=asc", "/timeline?limit=1", "?version=2"];
    for path in paths.map(path) {
        let first = app.when(get(&path)).await.then(200);
        let known = first.header("etag");
        let same = app.when(get(&path).header("if-none-match", &known)).await.then(304);
        assert_eq!((same.header("etag"), same.bytes.len()), (known.clone(), 0), "{path}");
        app.when(get(&path).header("if-none-match", &format!("\"x\", W/{known}"))).await.then(304);
        app.when(get(&path).header("if-none-match", "\"999\"")).await.then(200);
    }
}

#[tokio::test]
async fn the_tag_of_a_page_of_the_timeline_changes_when_the_page_does() {
    let app = App::start().await;
    let id = app.alice().await;
    app.settle().await;
    let commits = app.commits(&id).await.len();
    for query in
        [format!("order=asc&limit={commits}"), format!("limit={commits}"), "order=asc&limit=2".into()]
    {
        let path = format!("/v1/users/{id}/timeline?{query}");
        let before = app.when(get(&path)).await.then(200);
        app.when(patch(format!("/v1/users/{id}"), &json!({ "displayName": query }))).await.then(200);
        let after = app.when(get(&path).header("if-none-match", &before.header("etag"))).await;
        if query == "order=asc&limit=2" {
            after.then(304);
        } else {
            assert_ne!(after.then(200).bytes, before.bytes, "{query}");
        }
        // As many as there were, so that the next one finds its page full, too.
        let path = format!("/v1/users/{id}/timeline?order=asc&limit={commits}");
        app.when(get(path)).await.then(200);
    }
    let unchanged = post("/v1/users", &acceptance::alice()).key("alice");
    app.when(unchanged).await.then(202);
}
