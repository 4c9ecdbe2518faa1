//! The token in a confirmation link, in the hands of those who guess and those who click twice.

use acceptance::{Answer, App, confirm, get, post};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use serde_json::{Value, json};

/// The token with another proof in it: whose it is can be read from any.
fn guess(token: &str, n: usize) -> String {
    let (named, proof) = token.rsplit_once('.').unwrap();
    format!("{named}.{}{n:02}", &proof[..proof.len() - 2])
}

/// What is told, but for the name of the request.
fn told(answer: Answer) -> (u16, Value) {
    let mut body = answer.body;
    assert!(body["requestId"].take().is_string());
    (answer.status, body)
}

/// What somebody is told who guesses the token of a user who does not exist.
async fn told_of_nobody(app: &App) -> (u16, Value) {
    let named = BASE64_URL_SAFE_NO_PAD.encode("acme/00000000-0000-4000-8000-000000000000/1");
    let answer = app.confirm(&format!("1.{named}.{}", "A".repeat(43))).await;
    told(answer.then_problem(404, "confirmation-unknown"))
}

#[tokio::test]
async fn ten_guesses_burn_the_token_and_not_the_user() {
    let app = App::start().await;
    let id = app.provisioned("bob", &["engineer"]).await;
    let token = app.mails.last().token;
    let of_nobody = told_of_nobody(&app).await;
    for n in 0..12 {
        assert_eq!(told(app.confirm(&guess(&token, n)).await), of_nobody, "guess {n}");
    }
    app.confirm(&token).await.then_problem(410, "confirmation-revoked");
    app.settle().await;
    assert_eq!(app.status(&id).await, "expired");
    let bad = app.event_types(&id).await.into_iter().filter(|name| name == "confirmation.attempt_failed");
    assert_eq!(bad.count(), 10);

    app.clock.advance(TimeDelta::minutes(1));
    app.command(&id, "resend-confirmation").await.then(202);
    app.settle().await;
    assert_eq!(app.confirm(&app.mails.last().token).await.then(200).text("status"), "active");
    app.settle().await;
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn nine_guesses_do_no_harm() {
    let app = App::start().await;
    app.provisioned("bob", &[]).await;
    let token = app.mails.last().token;
    for n in 0..9 {
        app.confirm(&guess(&token, n)).await.then_problem(404, "confirmation-unknown");
    }
    app.confirm(&token).await.then(200);
    // Neither is a guess told from a user that it came too late.
    assert_eq!(told(app.confirm(&guess(&token, 10)).await), told_of_nobody(&app).await);
}

#[tokio::test]
async fn a_guess_that_is_repeated_under_its_key_counts_once() {
    let app = App::start().await;
    let id = app.provisioned("bob", &[]).await;
    let token = app.mails.last().token;
    for _ in 0..11 {
        let say = confirm(&guess(&token, 0)).key("same");
        app.when(say).await.then_problem(404, "confirmation-unknown");
    }
    assert_eq!(app.event_types(&id).await.iter().filter(|name| name.ends_with("attempt_failed")).count(), 1);
    app.confirm(&token).await.then(200);
}

#[tokio::test]
async fn guesses_at_the_token_of_a_new_address_end_the_change() {
    let app = App::start().await;
    let id = app.active("bob", &[]).await;
    let email = json!({ "email": "new@example.com" });
    app.when(post(format!("/v1/users/{id}/email"), &email)).await.then(202);
    app.settle().await;
    let token = app.mails.sent().into_iter().find(|mail| mail.to == "new@example.com").unwrap().token;
    for n in 0..10 {
        app.confirm(&guess(&token, n)).await.then_problem(404, "confirmation-unknown");
    }
    app.confirm(&token).await.then_problem(410, "confirmation-revoked");
    let seen = app.user(&id).await;
    assert_eq!((&seen["status"], &seen["pendingEmail"]), (&json!("active"), &Value::Null));
    assert!(app.email_is_free("new@example.com").await);
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn looking_at_the_page_behind_the_link_consumes_nothing() {
    let app = App::start().await;
    let id = app.provisioned("bob", &[]).await;
    let token = app.mails.last().token;
    let stored = app.stored().await.len();
    for _ in 0..3 {
        app.when(get(format!("/confirm?token={token}")).by_nobody()).await.then(200);
        app.when(get(format!("/v1/confirmations?token={token}")).by_nobody())
            .await
            .then_problem(405, "method-not-allowed");
    }
    assert_eq!((app.stored().await.len(), app.status(&id).await.as_str()), (stored, "pending_confirmation"));
    app.confirm(&token).await.then(200);
}

#[tokio::test]
async fn a_click_that_is_repeated_under_its_key_is_answered_like_the_first() {
    let app = App::start().await;
    let id = app.provisioned("bob", &[]).await;
    let say = confirm(&app.mails.last().token);
    let first = app.when(say.clone().key("click")).await.then(200);
    let again = app.meanwhile(say.clone().key("click")).await.then(200);
    assert_eq!((first.body.clone(), first.header("etag")), (again.body.clone(), again.header("etag")));
    app.when(say.clone().key("other")).await.then_problem(410, "confirmation-used");
    app.when(say).await.then_problem(410, "confirmation-used");
    let confirmed = app.event_types(&id).await.into_iter().filter(|name| name == "user.email_confirmed");
    assert_eq!(confirmed.count(), 1);
}

#[tokio::test]
async fn two_clicks_at_the_same_instant_are_one_confirmation() {
    let app = App::start().await;
    let id = app.provisioned("bob", &[]).await;
    let say = confirm(&app.mails.last().token);
    let (door, other) = (app.door(), say.clone());
    app.tap.reset();
    app.tap
        .before_request("PutItem", move || Box::pin(async move { drop(door.send(other).await.then(200)) }));
    app.when(say).await.then_problem(410, "confirmation-used");
    assert_eq!(
        (app.tap.unmet(), app.status(&id).await.as_str()),
        (0, "pending_confirmation"),
        "not projected"
    );
    app.settle().await;
    assert_eq!(app.status(&id).await, "active");
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn the_token_of_one_tenants_user_is_none_of_anothers() {
    let app = App::start().await;
    app.provisioned("bob", &[]).await;
    let token = app.mails.last().token;
    let (_, rest) = token.split_once('.').unwrap();
    let (named, proof) = rest.split_once('.').unwrap();
    let named = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(named).unwrap()).unwrap();
    for other in [named.replace("acme", "globex"), format!("{}2", &named[..named.len() - 1])] {
        let moved = format!("1.{}.{proof}", BASE64_URL_SAFE_NO_PAD.encode(other));
        assert_eq!(told(app.confirm(&moved).await), told_of_nobody(&app).await);
    }
    app.confirm(&token).await.then(200);
}

#[tokio::test]
async fn no_secret_is_stored_queued_or_shown() {
    let app = App::start().await;
    let id = app.provisioned("bob", &["engineer"]).await;
    let token = app.mails.last().token;
    let proof = token.rsplit_once('.').unwrap().1.to_owned();
    let stored = format!("{:?} {:?}", app.stored().await, app.rows().await);
    let shown = format!("{} {}", app.user(&id).await, app.provisioning(&id).await);
    assert!(!stored.contains(&proof) && !shown.contains(&proof));
}
