//! Whatever is sent, nothing panics and nobody is told that it is our fault: inputs from `tests/corpus`, one file
//! each, and mutations of them, against the whole backend. The harness holds every answer against the API's
//! document. The mutations are the same in each run; `FUZZ_SEED=7` tries others, `FUZZ=5000` more of them.

use std::{env, fs, path::Path};

use acceptance::{App, Say, delete, get, patch, post, put};
use serde_json::json;

use crate::chance::Chance;

const SEED: u64 = 20_261_122;
/// Mutations of each folder of the corpus.
const MUTATIONS: u64 = 400;

/// The inputs of a folder, by name.
fn corpus(folder: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(folder);
    let mut files: Vec<_> = fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    assert!(files.len() > 5, "{} holds too little", folder.display());
    files.iter().map(|file| fs::read(file).unwrap()).collect()
}

/// The corpus itself, and mutations of it.
fn inputs(folder: &str) -> Vec<Vec<u8>> {
    let seed = number("FUZZ_SEED", SEED);
    println!("FUZZ_SEED={seed}");
    let (mut chance, corpus) = (Chance::of(seed), corpus(folder));
    let mutated: Vec<_> = (0..number("FUZZ", MUTATIONS)).map(|_| mutate(&mut chance, &corpus)).collect();
    [corpus, mutated].concat()
}

fn number(name: &str, default: u64) -> u64 {
    env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

/// One to four changes: a byte flipped, put in, taken out, a piece doubled, or the end of another input.
fn mutate(chance: &mut Chance, corpus: &[Vec<u8>]) -> Vec<u8> {
    const WORTHWHILE: &[u8] = b"{}[]\",:\\/*;=.~%&+-_#0919 \t\r\n\0\x7f\xc3\xff\xef\xed\xa0ae";
    let mut input = corpus[chance.below(corpus.len())].clone();
    for _ in 0..=chance.below(4) {
        let place = chance.below(input.len() + 1);
        match chance.below(6) {
            0 => input.insert(place, chance.pick(WORTHWHILE)),
            1 if place < input.len() => drop(input.remove(place)),
            2 if place < input.len() => input[place] = chance.pick(WORTHWHILE),
            3 if place < input.len() => input[place] ^= 1 << chance.below(8),
            4 => {
                let end = (place + 1 + chance.below(16)).min(input.len());
                let piece = input[place.min(end)..end].to_vec();
                input.splice(place..place, piece);
            }
            _ => {
                let other = &corpus[chance.below(corpus.len())];
                input.truncate(place);
                input.extend_from_slice(&other[chance.below(other.len() + 1)..]);
            }
        }
    }
    input
}

/// Sends it, and expects an answer that is not our fault.
async fn survives(app: &App, say: Say, input: &[u8]) {
    let line = say.line();
    let answer = app.when(say).await;
    let input = String::from_utf8_lossy(input);
    assert!(answer.status < 500, "{line} with {input:?}: {} {}", answer.status, answer.body);
}

/// As a header can carry it, if it can.
fn header(input: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(input).ok()?;
    axum::http::HeaderValue::from_str(text).ok().map(|_| text)
}

/// As a path or query can carry it: what it cannot is percent-encoded.
fn encoded(input: &[u8], kept: &[u8]) -> String {
    let one = |byte: &u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(*byte).to_string(),
        byte if kept.contains(byte) => char::from(*byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    input.iter().map(one).collect()
}

#[tokio::test]
async fn any_body_is_answered() {
    let app = App::start().await;
    let id = app.alice().await;
    let user = format!("/v1/users/{id}");
    let nothing = json!({});
    let routes = [
        post("/v1/users", &nothing).key("fuzz").dry(),
        patch(&user, &nothing).dry(),
        post(format!("{user}/email"), &nothing).dry(),
        put(format!("{user}/expiry"), &nothing).dry(),
        put(format!("{user}/roles/oncall"), &nothing).dry(),
        post(format!("{user}/deactivate"), &nothing).dry(),
        delete(&user).header("content-type", "application/json").dry(),
        post("/v1/roles", &nothing).dry(),
        put("/v1/settings", &nothing).dry(),
        post("/v1/confirmations", &nothing).by_nobody(),
        post("/v1/replays", &nothing).by(domain::CallerRole::ReplayOperator).dry(),
        patch("/v1/replays/user_directory-2", &nothing).by(domain::CallerRole::ReplayOperator),
    ];
    for (number, input) in inputs("bodies").into_iter().enumerate() {
        survives(&app, routes[number % routes.len()].clone().body(input.clone()), &input).await;
    }
    for input in corpus("bodies") {
        for route in &routes {
            survives(&app, route.clone().body(input.clone()), &input).await;
        }
    }
}

#[tokio::test]
async fn any_parameters_are_answered() {
    let app = App::start().await;
    let id = app.alice().await;
    let paths = [
        "/v1/users".to_owned(),
        format!("/v1/users/{id}"),
        format!("/v1/users/{id}/provisioning"),
        format!("/v1/users/{id}/timeline"),
        "/v1/roles".to_owned(),
        "/v1/summary".to_owned(),
    ];
    for (number, input) in inputs("parameters").into_iter().enumerate() {
        let query = encoded(&input, b"&=%+.-_~:*,;/?@!$'()");
        survives(&app, get(format!("{}?{query}", paths[number % paths.len()])), &input).await;
        let segment = encoded(&input, b"%.-_~");
        survives(&app, get(format!("/v1/users/{segment}")), &input).await;
        survives(&app, get(format!("/problems/{segment}")), &input).await;
    }
}

#[tokio::test]
async fn any_cursor_is_answered() {
    let app = App::start().await;
    app.alice().await;
    for input in inputs("cursors") {
        let cursor = encoded(&input, b".-_~");
        for path in ["/v1/users", "/v1/roles"] {
            survives(&app, get(format!("{path}?cursor={cursor}")), &input).await;
        }
    }
}

#[tokio::test]
async fn any_header_is_answered() {
    let app = App::start().await;
    let id = app.alice().await;
    let user = format!("/v1/users/{id}");
    for input in inputs("accept") {
        let Some(text) = header(&input) else { continue };
        survives(&app, get(&user).header("accept", text), &input).await;
        survives(&app, get("/problems/email-taken").by_nobody().header("accept", text), &input).await;
        survives(&app, get("/docs").by_nobody().header("accept", text), &input).await;
    }
    for input in inputs("tags") {
        let Some(text) = header(&input) else { continue };
        survives(&app, get(&user).header("if-none-match", text), &input).await;
        survives(&app, get(&user).header("consistency-token", text), &input).await;
        survives(&app, post(format!("{user}/deactivate"), &json!({})).header("if-match", text).dry(), &input)
            .await;
        survives(
            &app,
            post(format!("{user}/email"), &json!({})).header("idempotency-key", text).dry(),
            &input,
        )
        .await;
    }
}
