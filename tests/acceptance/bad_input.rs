//! Bad input: each with its status and problem type, and no event appended.

use std::collections::BTreeSet;

use acceptance::{App, Say, alice, get, post};
use serde_json::{Value, json};

/// Alice's creation, with one thing changed.
fn with(change: impl FnOnce(&mut Value)) -> Say {
    let mut body = alice();
    change(&mut body);
    post("/v1/users", &body).key("k")
}

fn raw(body: impl Into<Vec<u8>>) -> Say {
    post("/v1/users", &json!({})).key("k").body(body)
}

/// Sends it, expects the problem, and that nothing at all was stored.
async fn refused(say: Say, status: u16, code: &str) -> acceptance::Answer {
    let app = App::start().await;
    let stored = app.stored().await.len();
    let answer = app.when(say).await.then_problem(status, code);
    assert_eq!(app.stored().await.len(), stored, "something was stored");
    answer
}

fn first_error(answer: &acceptance::Answer) -> (&str, &str) {
    let error = &answer.body["errors"][0];
    (error["pointer"].as_str().unwrap(), error["code"].as_str().unwrap())
}

#[tokio::test]
async fn a_body_that_is_not_json_is_refused() {
    for body in ["{", "", "{\"userName\":\"a\",}", "\u{0}"] {
        let status_and_code = if body.is_empty() { (400, "invalid-body") } else { (400, "malformed-json") };
        refused(raw(body), status_and_code.0, status_and_code.1).await;
    }
    refused(raw([0xff, 0xfe, b'{']), 400, "malformed-json").await;
    refused(raw(format!("{} {{}}", alice())), 400, "malformed-json").await;
}

#[tokio::test]
async fn a_body_of_another_shape_is_refused_and_the_place_is_named() {
    let answer = refused(with(|body| body["admin"] = json!(true)), 400, "invalid-body").await;
    assert_eq!(first_error(&answer), ("/admin", "unknown-field"));
    let answer = refused(with(|body| body["userName"] = json!(7)), 400, "invalid-body").await;
    assert_eq!(first_error(&answer), ("/userName", "wrong-type"));
    let answer = refused(with(|body| body["roles"] = json!(["engineer", null])), 400, "invalid-body").await;
    assert_eq!(first_error(&answer), ("/roles/1", "wrong-type"));
    let as_list = json!(["alice", "Alice Liddell", "alice@example.com", []]);
    for whole in [as_list, json!([]), json!("text"), json!(null), json!({})] {
        refused(raw(whole.to_string()), 400, "invalid-body").await;
    }
}

#[tokio::test]
async fn everything_that_is_wrong_with_the_shape_of_a_body_is_named_at_once() {
    let body = r#"{ "userName": 7, "displayName": "A", "roles": ["engineer", null, {}], "admin": true,
                    "displayName": "B", "a/b~c": 1 }"#;
    let answer = refused(raw(body), 400, "invalid-body").await;
    let errors = answer.body["errors"].as_array().unwrap().iter();
    let named: BTreeSet<_> =
        errors.map(|error| (error["pointer"].as_str().unwrap(), error["code"].as_str().unwrap())).collect();
    let expected = [
        ("/displayName", "duplicate-field"),
        ("/userName", "wrong-type"),
        ("/roles/1", "wrong-type"),
        ("/roles/2", "wrong-type"),
        ("/admin", "unknown-field"),
        ("/a~1b~0c", "unknown-field"),
        ("/email", "missing-field"),
    ];
    assert_eq!(named, expected.into());
}

#[tokio::test]
async fn an_answer_that_nobody_takes_is_not_given_and_nothing_is_done() {
    for accept in ["text/html", "application/json;q=0, */*", "image/*"] {
        refused(with(|_| {}).header("accept", accept), 406, "not-acceptable").await;
    }
    let app = App::start().await;
    for accept in ["*/*", "application/*;q=0.1", "application/problem+json", "text/html, */*;q=0.1"] {
        app.when(get("/v1/users").header("accept", accept)).await.then(200);
    }
    app.when(get("/docs").by_nobody().header("accept", "application/json"))
        .await
        .then_problem(406, "not-acceptable");
    // Who may not do a thing is told that first.
    let say = with(|_| {}).by(domain::CallerRole::Auditor).header("accept", "text/html");
    app.when(say).await.then_problem(403, "forbidden");
}

#[tokio::test]
async fn a_problem_has_a_page_for_people_and_for_programs() {
    let app = App::empty().await;
    let page = |accept: &str| app.when(get("/problems/email-taken").by_nobody().header("accept", accept));
    let html = page("text/html,application/xhtml+xml,*/*;q=0.8").await.then(200);
    assert_eq!(html.header("content-type"), "text/html; charset=utf-8");
    assert!(html.header("content-security-policy").starts_with("default-src 'none'"));
    assert!(html.body.as_str().unwrap().contains("<h1>The e-mail address is taken</h1>"));
    let text = page("*/*").await.then(200);
    assert!(text.body.as_str().unwrap().contains("What to do"), "{}", text.body);
    assert_eq!(page("application/json").await.then(200).body["code"], "email-taken");
}

#[tokio::test]
async fn a_choice_that_is_none_is_refused() {
    let app = App::start().await;
    let id = app.alice().await;
    for reason in [json!(5), json!(null), json!([]), json!("boredom"), json!({})] {
        let say = post(format!("/v1/users/{id}/deactivate"), &json!({ "reason": reason }));
        app.when(say).await.then_problem(400, "invalid-body");
    }
    assert_eq!(app.commits(&id).await.len(), 1);
}

#[tokio::test]
async fn a_long_list_of_mistakes_has_a_short_answer() {
    let roles: Vec<String> = (0..3_000).map(|n| format!("R{n}")).collect();
    let answer = refused(with(|body| body["roles"] = json!(roles)), 422, "invalid-value").await;
    assert_eq!(answer.body["errors"].as_array().unwrap().len(), 50);
}

#[tokio::test]
async fn names_that_are_empty_or_endless_are_refused() {
    for (field, pointer, empty, endless) in [
        ("userName", "/userName", "user-name-empty", "user-name-too-long"),
        ("displayName", "/displayName", "display-name-empty", "display-name-too-long"),
    ] {
        let answer = refused(with(|body| body[field] = json!("")), 422, "invalid-value").await;
        assert_eq!(first_error(&answer), (pointer, empty));
        let answer =
            refused(with(|body| body[field] = json!("é".repeat(10_000))), 422, "invalid-value").await;
        assert_eq!(first_error(&answer), (pointer, endless));
    }
}

#[tokio::test]
async fn every_bad_value_is_named_at_once() {
    let body =
        json!({ "userName": "", "displayName": " ", "email": "nobody", "roles": ["Engineer", "engineer"] });
    let answer = refused(post("/v1/users", &body).key("k"), 422, "invalid-value").await;
    let pointers: Vec<_> =
        answer.body["errors"].as_array().unwrap().iter().map(|e| e["pointer"].clone()).collect();
    assert_eq!(pointers, ["/userName", "/displayName", "/email", "/roles/0"]);
}

#[tokio::test]
async fn an_address_that_is_none_is_refused() {
    for email in ["", "alice", "alice@", "alice@localhost", "alice@example.com\r\nBcc: x@example.com"] {
        let answer = refused(with(|body| body["email"] = json!(email)), 422, "invalid-value").await;
        assert_eq!(first_error(&answer), ("/email", "email-invalid"), "{email:?}");
    }
    let endless = format!("{}@example.com", "a".repeat(10_000));
    refused(with(|body| body["email"] = json!(endless)), 422, "invalid-value").await;
}

#[tokio::test]
async fn an_unknown_role_is_refused_and_named() {
    let answer =
        refused(with(|body| body["roles"] = json!(["engineer", "pilot"])), 422, "role-unknown").await;
    assert_eq!(first_error(&answer), ("/roles/1", "role-unknown"));
    let many: Vec<String> = (0..51).map(|n| format!("role-{n}")).collect();
    let answer = refused(with(|body| body["roles"] = json!(many)), 422, "invalid-value").await;
    assert_eq!(first_error(&answer), ("/roles", "too-many-roles"));
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    refused(with(|body| body["displayName"] = json!("a".repeat(70_000))), 413, "body-too-large").await;
    refused(raw(vec![b' '; 2_000_000]), 413, "body-too-large").await;
}

#[tokio::test]
async fn a_body_of_another_type_is_refused() {
    for content_type in ["text/plain", "application/xml", "application/x-www-form-urlencoded"] {
        let say = with(|_| {}).header("content-type", content_type);
        let answer = refused(say, 415, "unsupported-media-type").await;
        assert_eq!(answer.header("accept"), "application/json, application/merge-patch+json");
    }
    refused(with(|_| {}).header("content-encoding", "gzip"), 415, "unsupported-media-type").await;
}

#[tokio::test]
async fn a_creation_without_a_usable_key_is_refused() {
    refused(post("/v1/users", &alice()), 400, "idempotency-key-required").await;
    refused(post("/v1/users", &alice()).key(""), 400, "invalid-header").await;
    refused(post("/v1/users", &alice()).key(&"k".repeat(201)), 400, "invalid-header").await;
}

#[tokio::test]
async fn an_address_is_taken_in_every_spelling() {
    let app = App::start().await;
    app.alice().await;
    let stored = app.stored().await.len();
    for email in ["alice@example.com", "ALICE@Example.COM", " alice@example.com "] {
        let body = json!({ "userName": "alice2", "displayName": "Alice", "email": email });
        app.when(post("/v1/users", &body).key("other")).await.then_problem(409, "email-taken");
    }
    let body = json!({ "userName": "ＡLICE", "displayName": "Alice", "email": "other@example.com" });
    app.when(post("/v1/users", &body).key("other")).await.then_problem(409, "user-name-taken");
    assert_eq!(app.stored().await.len(), stored);
}

#[tokio::test]
async fn of_two_creations_with_one_address_at_the_same_instant_exactly_one_wins() {
    for round in 0..20 {
        let app = App::start().await;
        let body = |name: &str, email: &str| json!({ "userName": name, "displayName": "A", "email": email });
        let (a, b) = tokio::join!(
            app.when(post("/v1/users", &body("a", "same@example.com")).key("a")),
            app.when(post("/v1/users", &body("b", "SAME@example.com")).key("b")),
        );
        let (won, lost) = if a.status == 202 { (a, b) } else { (b, a) };
        won.then(202);
        lost.then_problem(409, "email-taken");
        assert_eq!(
            app.stored().await.iter().filter(|item| item["k"].as_s().unwrap() == "c").count(),
            3,
            "round {round}"
        );
    }
}

#[tokio::test]
async fn a_path_or_method_that_is_not_there_is_a_problem_too() {
    let app = App::start().await;
    app.when(get("/v1/nowhere")).await.then_problem(404, "not-found");
    let answer = app.when(acceptance::delete("/v1/users")).await.then_problem(405, "method-not-allowed");
    assert_eq!(answer.header("allow").split(',').collect::<BTreeSet<_>>(), ["GET", "HEAD", "POST"].into());
}

#[tokio::test]
async fn a_user_that_is_not_there_is_unknown() {
    let app = App::start().await;
    let nobody = "00000000-0000-0000-0000-000000000000";
    for id in [nobody, "alice", "%00", "%ff", "..%2f..", &"x".repeat(3_000)] {
        app.when(get(format!("/v1/users/{id}"))).await.then_problem(404, "user-unknown");
        app.when(get(format!("/v1/users/{id}/provisioning"))).await.then_problem(404, "user-unknown");
        let conditioned = post(format!("/v1/users/{id}/deactivate"), &json!({})).header("if-match", "\"1\"");
        app.when(conditioned).await.then_problem(404, "user-unknown");
        for command in ["deactivate", "reactivate", "resend-confirmation"] {
            app.when(post(format!("/v1/users/{id}/{command}"), &json!({})))
                .await
                .then_problem(404, "user-unknown");
        }
    }
}

#[tokio::test]
async fn a_token_that_is_no_confirmation_is_unknown() {
    let app = App::start().await;
    let id = app.alice().await;
    app.settle().await;
    let token = app.mails.sent().remove(0).token;
    let forged = format!("{}A", &token[..token.len() - 1]);
    let forged = if forged == token { format!("{}B", &token[..token.len() - 1]) } else { forged };
    for text in ["", "x", "1.x.y", &forged, &"a".repeat(60_000)] {
        app.when(post("/v1/confirmations", &json!({ "token": text })).by_nobody())
            .await
            .then_problem(404, "confirmation-unknown");
    }
    app.when(post("/v1/confirmations", &json!({ "tokn": token })).by_nobody())
        .await
        .then_problem(400, "invalid-body");
    assert_eq!(app.status(&id).await, "pending_confirmation");
}

#[tokio::test]
async fn parameters_that_mean_nothing_are_refused() {
    let app = App::start().await;
    for query in [
        "status=ACTIVE",
        "role=Engineer",
        "limit=0",
        "limit=201",
        "limit=x",
        "limit=-1",
        "cursor=x",
        "colour=red",
        "limit=1&limit=2",
    ] {
        app.when(get(format!("/v1/users?{query}"))).await.then_problem(400, "invalid-parameter");
    }
    app.when(get("/v1/users").header("consistency-token", "x")).await.then(200);
    let id = app.alice().await;
    app.when(get(format!("/v1/users/{id}")).header("consistency-token", "x"))
        .await
        .then_problem(400, "invalid-header");
}
