//! The API's document: every route is in it, and it is as the code has it.

use std::{collections::BTreeSet, fs, path::Path};

use acceptance::{App, get};
use functions::{
    http::Route,
    openapi::{described, document, reference},
};
use serde_json::Value;

async fn routes() -> Vec<Route> {
    let app = App::empty().await;
    app.backend.functions.routes.iter().flat_map(|(_, routes)| routes).cloned().collect()
}

/// As it is committed: keys in alphabetical order.
fn written(document: &Value) -> String {
    let mut sorted = document.clone();
    sorted.sort_all_objects();
    format!("{sorted:#}\n")
}

fn is_current(file: &str, content: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../functions").join(file);
    if std::env::var_os("ROLLCALL_WRITE_FIXTURES").is_some() {
        fs::write(&file, content).unwrap();
    }
    let committed = fs::read_to_string(&file).unwrap_or_default();
    assert!(
        committed == content,
        "{} is stale: ROLLCALL_WRITE_FIXTURES=1 cargo test --workspace --test acceptance openapi",
        file.display()
    );
}

#[tokio::test]
async fn the_committed_document_is_the_one_of_the_code() {
    let document = document(&routes().await, &described()).unwrap_or_else(|missing| panic!("{missing:#?}"));
    is_current("openapi.json", &written(&document));
    is_current("reference.html", &reference(&document));
}

#[tokio::test]
async fn a_route_without_a_description_is_missed_and_a_description_without_a_route_too() {
    let routes = routes().await;
    let mut fewer = described();
    let dropped = fewer.remove(0);
    let missing = document(&routes, &fewer).unwrap_err();
    assert_eq!(missing, [format!("{} {} is described 0 times", dropped.method, dropped.path)]);
    let missing = document(&routes[1..], &described()).unwrap_err();
    let line = format!("{} {} is described, and there is no such route", routes[0].method, routes[0].path);
    assert_eq!(missing, [line]);
}

#[tokio::test]
async fn every_operation_has_a_name_of_its_own_and_leads_to_others_that_there_are() {
    let document = document(&routes().await, &described()).unwrap();
    let paths = document["paths"].as_object().unwrap().values();
    let operations: Vec<&Value> = paths.flat_map(|path| path.as_object().unwrap().values()).collect();
    let names: BTreeSet<&str> = operations.iter().map(|it| it["operationId"].as_str().unwrap()).collect();
    assert_eq!(names.len(), operations.len());
    let answers = operations.iter().flat_map(|it| it["responses"].as_object().unwrap().values());
    let links =
        answers.filter_map(|answer| answer.get("links")?.as_object()).flat_map(|links| links.values());
    let led_to: Vec<&str> = links.map(|link| link["operationId"].as_str().unwrap()).collect();
    assert!(led_to.len() > 15);
    assert!(led_to.iter().all(|name| names.contains(name)), "{led_to:?}");
}

#[tokio::test]
async fn the_document_is_served_to_everybody_and_once() {
    let app = App::empty().await;
    for (path, content_type) in [
        ("/v1/openapi.json", "application/json"),
        ("/docs", "text/html; charset=utf-8"),
        ("/console", "text/html; charset=utf-8"),
        ("/console/app.js", "text/javascript; charset=utf-8"),
        ("/console/base.css", "text/css; charset=utf-8"),
        ("/console/icon.svg", "image/svg+xml"),
    ] {
        let answer = app.when(get(path).by_nobody()).await.then(200);
        assert_eq!(answer.header("content-type"), content_type);
        let tag = answer.header("etag");
        let again = app.when(get(path).by_nobody().header("if-none-match", &tag)).await.then(304);
        assert_eq!((again.header("etag"), again.body), (tag, "".into()), "{path}");
        app.when(get(path).by_nobody().header("if-none-match", "\"1\"")).await.then(200);
    }
    let document = app.when(get("/v1/openapi.json").by_nobody()).await.body;
    assert_eq!(document["openapi"], "3.1.0");
}

#[tokio::test]
async fn the_console_runs_its_own_scripts_and_no_others() {
    let app = App::empty().await;
    for path in ["/console", "/console/app.js"] {
        let answer = app.when(get(path).by_nobody()).await.then(200);
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"), "{policy}");
        assert!(
            policy.contains("require-trusted-types-for 'script'") && !policy.contains("unsafe"),
            "{policy}"
        );
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
    }
    for path in ["/console/nothing.js", "/console/..%2Findex.html", "/console/index.html"] {
        app.when(get(path).by_nobody()).await.then_problem(404, "not-found");
    }
    app.when(get("/console").by_nobody().header("accept", "application/json"))
        .await
        .then_problem(406, "not-acceptable");
}

#[tokio::test]
async fn the_page_asks_nobody_else_for_anything() {
    let app = App::empty().await;
    let page = app.when(get("/docs").by_nobody()).await.then(200);
    assert!(page.header("content-security-policy").starts_with("default-src 'none'; style-src 'sha256-"));
    let html = page.body.as_str().unwrap();
    for forbidden in ["<script", " src=", "<link", "<iframe", "@import", "url(", " style=", " onclick"] {
        assert!(!html.contains(forbidden), "{forbidden}");
    }
    let links: Vec<&str> =
        html.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert!(links.len() > 60);
    for link in links {
        let is_here = link.strip_prefix('#').is_some_and(|id| html.contains(&format!("id=\"{id}\"")));
        assert!(is_here || link == "/v1/openapi.json" || link.starts_with("/problems/"), "{link}");
    }
}
