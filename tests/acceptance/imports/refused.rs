//! What is no import, and whose imports are nobody else's business.

use acceptance::{App, Say, get, post};
use chrono::TimeDelta;
use serde_json::json;

use super::{NDJSON, csv, file, file_to, imported, people};

#[tokio::test]
async fn a_file_that_is_no_import_leaves_nothing_behind() {
    let app = App::start().await;
    let many: String = (0..10_001).map(|_| "{}\n").collect();
    let header = "userName,displayName,email\n";
    let cases: Vec<(Say, u16, &str)> = vec![
        (file("", "a"), 400, "invalid-import"),
        (file("\n\n", "b"), 400, "invalid-import"),
        (file([0xff, 0xfe, b'{', 0], "c"), 400, "invalid-import"),
        (csv("", "d"), 400, "invalid-import"),
        (csv(header, "e"), 400, "invalid-import"),
        (csv("userName,email\na,b\n", "f"), 400, "invalid-import"),
        (csv("userName,displayName,email,admin\na,b,c,d\n", "g"), 400, "invalid-import"),
        (csv("userName,displayName,email,email\na,b,c,d\n", "h"), 400, "invalid-import"),
        (file(many, "i"), 413, "import-too-large"),
        (file(vec![b' '; 4 * 1024 * 1024 + 1], "j"), 413, "import-too-large"),
        (file("{}", "k").header("content-type", "application/json"), 415, "unsupported-media-type"),
        (file("{}", "k").header("content-type", "text/csv; charset=latin1"), 415, "unsupported-media-type"),
        (file("{}", "k").header("content-type", ""), 415, "unsupported-media-type"),
        (file_to("/v1/imports?dryRun=", "{}", "k"), 400, "invalid-parameter"),
        (file_to("/v1/imports?dryRun=yes", "{}", "k"), 400, "invalid-parameter"),
        (file_to("/v1/imports?rate=1", "{}", "k"), 400, "invalid-parameter"),
        (file_to("/v1/imports?ratePerSecond=0", "{}", "k"), 400, "invalid-parameter"),
        (file_to("/v1/imports?ratePerSecond=101", "{}", "k"), 400, "invalid-parameter"),
        (post("/v1/imports", &json!({})).header("content-type", NDJSON), 400, "idempotency-key-required"),
        (file("{}", ""), 400, "invalid-header"),
        (get("/v1/imports/0f"), 404, "no-such-import"),
        (get("/v1/imports/0f/rows"), 404, "no-such-import"),
        (get("/v1/imports?cursor=x"), 400, "invalid-parameter"),
        (get("/v1/imports?limit=0"), 400, "invalid-parameter"),
        (get("/v1/imports?state=done"), 400, "invalid-parameter"),
        (post("/v1/imports/0f/cancel", &json!({ "now": true })), 400, "invalid-body"),
    ];
    for (say, status, code) in cases {
        app.when(say).await.then_problem(status, code);
        assert_eq!(app.kept_of_imports().await.len(), 0, "{code}");
    }
    // The key is free again.
    app.when(file(people(&["ann"]), "a")).await.then(202);
}

#[tokio::test]
async fn another_tenants_import_is_not_there() {
    let app = App::start().await;
    let id = imported(&app, file(people(&["ann", "bob"]), "k")).await;
    for path in [format!("/v1/imports/{id}"), format!("/v1/imports/{id}/rows")] {
        app.when(get(path).of_tenant("globex")).await.then_problem(404, "no-such-import");
    }
    let cancel = post(format!("/v1/imports/{id}/cancel"), &json!({}));
    app.when(cancel.of_tenant("globex")).await.then_problem(404, "no-such-import");
    let listed = app.when(get("/v1/imports").of_tenant("globex")).await.then(200).body;
    assert_eq!(listed, json!({ "items": [], "next": null }));
    let theirs = app.when(file(people(&["ann"]), "k").of_tenant("globex")).await.then(202).text("id");
    assert_ne!(theirs, id);
    let page = app.when(get(format!("/v1/imports/{id}/rows?limit=1"))).await.then(200).body;
    let cursor = page["next"].as_str().unwrap();
    let path = format!("/v1/imports/{theirs}/rows?limit=1&cursor={cursor}");
    app.when(get(path).of_tenant("globex")).await.then_problem(400, "invalid-parameter");
}

#[tokio::test]
async fn imports_are_listed_the_newest_first() {
    let app = App::start().await;
    let mut ids = Vec::new();
    for name in ["ann", "bob", "cleo"] {
        ids.push(app.when(file(people(&[name]), name)).await.then(202).text("id"));
        app.clock.advance(TimeDelta::seconds(1));
    }
    ids.reverse();
    let (mut listed, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = app.when(get(format!("/v1/imports?limit=1&cursor={cursor}"))).await.then(200).body;
        let items = page["items"].as_array().unwrap().iter();
        listed.extend(items.map(|item| item["id"].as_str().unwrap().to_owned()));
        match page["next"].as_str() {
            Some(next) => cursor = next.into(),
            None => break,
        }
    }
    assert_eq!(listed, ids);
}
