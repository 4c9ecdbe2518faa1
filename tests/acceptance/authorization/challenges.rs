//! What is told to who comes without a good token (RFC 6750, 3).

use std::sync::Arc;

use acceptance::{Answer, App, get};
use axum::{
    body::Body,
    http::{HeaderValue, Request, header},
};
use chrono::TimeDelta;
use infra_local::oidc::{ASK_AGAIN_AFTER, Authorizer, Http, LONGEST_TOKEN, Provider};

async fn with(app: &App, headers: &[&[u8]]) -> Answer {
    let mut request = Request::get("/v1/users");
    for value in headers {
        request = request.header(header::AUTHORIZATION, HeaderValue::from_bytes(value).unwrap());
    }
    app.front().send_as_is(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn who_sends_no_bearer_token_is_told_to_send_one_and_no_more() {
    let app = App::empty().await;
    let mut answers = vec![with(&app, &[]).await];
    for value in ["", "Basic YTpi", "DPoP abc", "abc", "Bearerabc", "BearerX a.b.c"] {
        answers.push(with(&app, &[value.as_bytes()]).await);
    }
    for answer in answers {
        let answer = answer.then_problem(401, "unauthenticated");
        assert_eq!(answer.header("www-authenticate"), "Bearer");
    }
}

#[tokio::test]
async fn who_sends_a_bad_token_is_told_why() {
    let app = App::empty().await;
    let long = [b"Bearer ".to_vec(), vec![b'a'; LONGEST_TOKEN + 1]].concat();
    for (value, why) in [
        (&b"Bearer"[..], "malformed: it is not three parts with dots between"),
        (b"Bearer ", "malformed: it is not three parts with dots between"),
        (b"bearer a.b.c", "malformed: its header cannot be read"),
        (b"Bearer \xff.b.c", "malformed: it has characters that no token has"),
        (&long, "malformed: it is too long"),
        // {"alg":"none"}
        (b"BEARER eyJhbGciOiJub25lIn0.e30.", "the token's algorithm is not accepted"),
    ] {
        let answer = with(&app, &[value]).await.then_problem(401, "unauthenticated");
        let challenge = answer.header("www-authenticate");
        assert!(challenge.starts_with("Bearer error=\"invalid_token\", error_description=\""), "{challenge}");
        assert!(challenge.ends_with(&format!("{why}\"")), "{challenge}");
        assert!(answer.text("detail").contains(why), "{}", answer.body);
    }
    let expired = app.when(get("/v1/users").expired(TimeDelta::hours(1))).await.then(401);
    let expected = r#"Bearer error="invalid_token", error_description="the token has expired""#;
    assert_eq!(expired.header("www-authenticate"), expected);
}

#[tokio::test]
async fn of_two_headers_nobody_knows_who_calls() {
    let app = App::empty().await;
    for headers in [[&b"Bearer a.b.c"[..], b"Bearer a.b.c"], [b"Basic YTpi", b"Bearer a.b.c"], [b"", b""]] {
        with(&app, &headers).await.then_problem(400, "invalid-header");
    }
}

#[tokio::test]
async fn what_is_open_to_everybody_looks_at_no_token() {
    let app = App::empty().await;
    for path in ["/healthz", "/problems/email-taken", "/confirm?token=x"] {
        app.when(get(path).by_nobody().header("authorization", "Bearer a.b.c")).await.then(200);
    }
}

#[tokio::test]
async fn while_the_provider_is_down_the_answer_is_503_and_says_when_to_come_again() {
    let app = App::empty().await;
    // Nobody listens on port 1.
    let provider = Provider { issuer: "http://127.0.0.1:1".into(), audiences: vec!["rollcall".into()] };
    let door = app.door_behind(Authorizer::new(provider, Arc::new(Http::new())).unwrap());
    let answer = door.send(get("/v1/users")).await.then_problem(503, "unavailable");
    assert_eq!(answer.header("retry-after"), ASK_AGAIN_AFTER.num_seconds().to_string());
    assert!(!answer.headers.contains_key("www-authenticate"));
    door.send(get("/v1/users").by_nobody()).await.then_problem(401, "unauthenticated");
    door.send(get("/healthz")).await.then(200);
}

#[tokio::test]
async fn the_local_issuer_is_a_provider_that_anybody_can_discover() {
    let app = App::empty().await;
    let configuration = app.when(get("/.well-known/openid-configuration").by_nobody()).await.then(200);
    let keys = configuration.text("jwks_uri").replace(&configuration.text("issuer"), "");
    let published = app.when(get(keys).by_nobody()).await.then(200);
    let key = &published.body["keys"][0];
    assert_eq!((&key["kty"], &key["alg"], &key["use"]), (&"OKP".into(), &"EdDSA".into(), &"sig".into()));
    assert!(key["d"].is_null(), "the secret half stays at home");
    assert_eq!(published.header("cache-control"), "public, max-age=300");
}
