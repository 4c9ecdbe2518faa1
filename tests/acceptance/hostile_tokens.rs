//! Tokens that somebody made up, and what chance makes of good ones: always 401, never a panic, never let in.

use std::{fs, path::PathBuf};

use acceptance::{Answer, App, Door, get};
use axum::{
    body::Body,
    http::{HeaderValue, Request, header},
};
use chrono::TimeDelta;
use domain::{CallerRole, TenantId};
use infra_local::issuer::TokenRequest;

/// The corpus, with the tokens that another issuer's keys did sign.
fn corpus() -> Vec<String> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpus/tokens");
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    let tokens = files.iter().filter(|file| file.extension().is_some_and(|it| it == "jwt"));
    tokens.map(|file| fs::read_to_string(file).unwrap()).collect()
}

fn good(app: &App) -> String {
    let request = TokenRequest {
        tenant: TenantId::parse("acme").unwrap(),
        subject: "owner-1".into(),
        roles: vec![CallerRole::Owner],
        lifetime: TimeDelta::hours(1),
    };
    app.backend.issuer.issue(&request, app.clock.now())
}

/// `None` if no header can hold it.
async fn ask(door: &Door, token: &[u8]) -> Option<Answer> {
    let value = HeaderValue::from_bytes(&[b"Bearer ", token].concat()).ok()?;
    let request = Request::get("/v1/users").header(header::AUTHORIZATION, value).body(Body::empty()).unwrap();
    Some(door.send_as_is(request).await)
}

#[track_caller]
fn then_refused(answer: Answer, token: &[u8]) {
    let answer = answer.then_problem(401, "unauthenticated");
    let challenge = answer.header("www-authenticate");
    assert!(challenge.contains("invalid_token"), "{challenge}: {}", String::from_utf8_lossy(token));
}

#[tokio::test]
async fn no_token_of_the_corpus_lets_anybody_in() {
    let app = App::empty().await;
    let corpus = corpus();
    assert!(corpus.len() > 50, "{}", corpus.len());
    for token in corpus {
        then_refused(ask(&app.front(), token.as_bytes()).await.unwrap(), token.as_bytes());
    }
    app.when(get("/v1/users")).await.then(200);
}

#[tokio::test]
async fn a_good_token_with_any_byte_changed_lets_nobody_in() {
    let app = App::empty().await;
    let (door, good) = (app.front(), good(&app).into_bytes());
    assert_eq!(ask(&door, &good).await.unwrap().status, 200);
    for place in 0..good.len() {
        for bit in [0x01, 0x20, 0x80] {
            let mut changed = good.clone();
            changed[place] ^= bit;
            if let Some(answer) = ask(&door, &changed).await {
                then_refused(answer, &changed);
            }
        }
        let cut = &good[..place];
        then_refused(ask(&door, cut).await.unwrap(), cut);
    }
}

#[tokio::test]
async fn parts_of_tokens_put_together_let_nobody_in() {
    let app = App::empty().await;
    let (door, good) = (app.front(), good(&app));
    let ours: Vec<&str> = good.split('.').collect();
    for token in corpus() {
        let theirs: Vec<&str> = token.split('.').collect();
        for place in 0..ours.len() {
            let mut mixed = ours.clone();
            mixed[place] = theirs.get(place).unwrap_or(&"");
            let mixed = mixed.join(".");
            if mixed != good {
                then_refused(ask(&door, mixed.as_bytes()).await.unwrap(), mixed.as_bytes());
            }
        }
    }
}
