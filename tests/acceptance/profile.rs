//! What a user is called.

use acceptance::{App, Say, delete, get, patch, post};
use serde_json::{Value, json};

fn change(id: &str, body: &Value) -> Say {
    patch(format!("/v1/users/{id}"), body)
}

#[tokio::test]
async fn a_merge_patch_changes_what_it_names_and_leaves_the_rest() {
    let app = App::start().await;
    let id = app.alice().await;
    for content_type in ["application/json", "application/merge-patch+json"] {
        let name = format!("Alice via {content_type}");
        let say = change(&id, &json!({ "displayName": name })).header("content-type", content_type);
        let answer = app.when(say).await.then(200);
        assert_eq!((answer.text("id"), answer.text("status")), (id.clone(), "provisioning".into()));
        app.backend.project().await.unwrap();
        let seen = app.meanwhile(get(format!("/v1/users/{id}"))).await.then(200).body;
        assert_eq!((&seen["displayName"], &seen["userName"]), (&json!(name), &json!("alice")));
    }
    app.when(change(&id, &json!({ "userName": "alice.l", "displayName": "A. L." }))).await.then(200);
    let seen = app.user(&id).await;
    assert_eq!((&seen["displayName"], &seen["userName"]), (&json!("A. L."), &json!("alice.l")));
    assert_eq!(seen["email"], "alice@example.com");
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn a_patch_that_says_nothing_new_is_no_event() {
    let app = App::start().await;
    let id = app.alice().await;
    for say in [
        change(&id, &json!({})),
        change(&id, &json!({})).body(""),
        change(&id, &json!({ "userName": "alice", "displayName": "Alice Liddell" })),
    ] {
        app.when(say).await.then(200);
    }
    assert_eq!(app.commits(&id).await.len(), 1);
}

#[tokio::test]
async fn a_name_can_be_replaced_and_not_removed() {
    let app = App::start().await;
    let id = app.alice().await;
    for (body, code) in [
        (json!({ "displayName": null }), "wrong-type"),
        (json!({ "userName": null }), "wrong-type"),
        (json!({ "userName": 7 }), "wrong-type"),
        (json!({ "email": "a@example.com" }), "unknown-field"),
    ] {
        let answer = app.when(change(&id, &body)).await.then_problem(400, "invalid-body");
        assert_eq!(answer.body["errors"][0]["code"], code, "{body}");
    }
    let both = app.when(change(&id, &json!({ "userName": "", "displayName": " " }))).await;
    let both = both.then_problem(422, "invalid-value").body;
    let pointers: Vec<&Value> = both["errors"].as_array().unwrap().iter().map(|e| &e["pointer"]).collect();
    assert_eq!(pointers, ["/userName", "/displayName"]);
    let as_xml = change(&id, &json!({ "userName": "a" })).header("content-type", "application/xml");
    app.when(as_xml).await.then_problem(415, "unsupported-media-type");
    assert_eq!(app.commits(&id).await.len(), 1);
}

#[tokio::test]
async fn a_user_name_is_one_users_and_free_once_they_have_another() {
    let app = App::start().await;
    let alice = app.alice().await;
    let bob = app.accepted("bob", &[]).await;
    for taken in ["alice", "ALICE", "ａlice"] {
        app.when(change(&bob, &json!({ "userName": taken }))).await.then_problem(409, "user-name-taken");
    }
    assert_eq!(app.commits(&bob).await.len(), 1);
    app.when(change(&alice, &json!({ "userName": "alice.l" }))).await.then(200);
    app.when(change(&bob, &json!({ "userName": "Alice" }))).await.then(200);
    assert_eq!(app.user(&bob).await["userName"], "Alice");
    assert!(app.user_name_is_free("bob").await);
    assert!(!app.user_name_is_free("alice.l").await);
}

#[tokio::test]
async fn of_two_users_who_want_one_name_at_the_same_instant_one_gets_it() {
    let app = App::start().await;
    let (alice, bob) = (app.alice().await, app.accepted("bob", &[]).await);
    let (door, say) = (app.door(), change(&bob, &json!({ "userName": "carol" })));
    app.tap.reset();
    app.tap.before_request("TransactWriteItems", move || {
        Box::pin(async move { drop(door.send(say).await.then(200)) })
    });
    app.when(change(&alice, &json!({ "userName": "carol" }))).await.then_problem(409, "user-name-taken");
    assert_eq!(app.tap.unmet(), 0);
    assert_eq!(app.commits(&alice).await.len(), 1);
}

#[tokio::test]
async fn a_patch_of_what_has_changed_meanwhile_is_refused_when_it_says_so() {
    let app = App::start().await;
    let id = app.alice().await;
    let say = |version: &str| change(&id, &json!({ "displayName": version })).header("if-match", version);
    app.when(say("\"1\"")).await.then(200);
    app.when(say("\"1\"")).await.then_problem(412, "version-mismatch");
    app.when(say("\"2\"")).await.then(200);
    assert_eq!(app.user(&id).await["displayName"], "\"2\"");
}

#[tokio::test]
async fn who_is_shut_off_can_be_called_otherwise_and_who_is_deleted_cannot() {
    let app = App::start().await;
    let id = app.active("bob", &[]).await;
    app.command(&id, "deactivate").await.then(200);
    let renamed = app.when(change(&id, &json!({ "displayName": "Robert" }))).await.then(200);
    assert_eq!(renamed.text("status"), "inactive");
    app.when(delete(format!("/v1/users/{id}"))).await.then(204);
    app.when(change(&id, &json!({ "displayName": "Bobby" }))).await.then_problem(404, "user-unknown");
    app.settle().await;
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn a_mail_calls_the_user_what_they_are_called_when_it_goes_out() {
    let app = App::start().await;
    let id = app.alice().await;
    app.when(change(&id, &json!({ "displayName": "Queen Alice" }))).await.then(200);
    app.settle().await;
    assert!(app.mails.last().text.contains("Queen Alice"));
    let again = post(format!("/v1/users/{id}/resend-confirmation"), &json!({}));
    app.when(again).await.then_problem(429, "resend-limit");
}
