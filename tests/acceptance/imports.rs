//! Files of users: every row has a verdict, and no user is created twice.

mod ends;
mod refused;

use std::collections::BTreeMap;

use acceptance::{App, Say, get, post};
use domain::CallerRole;
use serde_json::{Value, json};

const NDJSON: &str = "application/x-ndjson";

/// A file of people of these names.
pub(crate) fn people(names: &[&str]) -> String {
    names.iter().map(|name| format!("{}\n", person(name, &["engineer"]))).collect()
}

pub(crate) fn person(name: &str, roles: &[&str]) -> Value {
    json!({ "userName": name, "displayName": name, "email": format!("{name}@example.com"), "roles": roles })
}

fn numbered(count: usize) -> String {
    (0..count).map(|n| format!("{}\n", person(&format!("user{n}"), &[]))).collect()
}

pub(crate) fn file(body: impl Into<Vec<u8>>, key: &str) -> Say {
    file_to("/v1/imports", body, key)
}

fn file_to(path: &str, body: impl Into<Vec<u8>>, key: &str) -> Say {
    post(path, &json!({})).header("content-type", NDJSON).key(key).body(body)
}

fn csv(body: &str, key: &str) -> Say {
    file(body, key).header("content-type", "text/csv; charset=utf-8")
}

/// Delivers imports until none is waiting.
pub(crate) async fn work(app: &App) {
    for _ in 0..1_000 {
        if Box::pin(app.backend.import()).await.unwrap() == 0 {
            return;
        }
    }
    panic!("imports do not come to an end");
}

pub(crate) async fn import(app: &App, id: &str) -> Value {
    let import = app.meanwhile(get(format!("/v1/imports/{id}"))).await.then(200).body;
    let counts = import["counts"].as_object().unwrap().values();
    let sum: u64 = counts.map(|count| count.as_u64().unwrap()).sum();
    assert_eq!(import["done"], sum, "{import}");
    assert!(sum <= import["rows"].as_u64().unwrap(), "{import}");
    import
}

/// `{verdict} {code} {pointers}` by row.
pub(crate) async fn verdicts(app: &App, id: &str) -> BTreeMap<u64, String> {
    let (mut all, mut cursor) = (BTreeMap::new(), String::new());
    loop {
        let path = format!("/v1/imports/{id}/rows?limit=3&cursor={cursor}");
        let page = app.meanwhile(get(path)).await.then(200).body;
        for row in page["items"].as_array().unwrap() {
            let errors = row["errors"].as_array().into_iter().flatten();
            let pointers = errors.map(|error| format!(" {}", error["pointer"].as_str().unwrap()));
            let code = row["code"].as_str().map_or_else(String::new, |code| format!(" {code}"));
            let told = format!("{}{code}{}", row["verdict"].as_str().unwrap(), pointers.collect::<String>());
            assert_eq!(all.insert(row["row"].as_u64().unwrap(), told), None);
        }
        match page["next"].as_str() {
            Some(next) => cursor = next.into(),
            None => return all,
        }
    }
}

async fn imported(app: &App, say: Say) -> String {
    let id = app.when(say).await.then(202).text("id");
    work(app).await;
    id
}

async fn users(app: &App) -> Vec<String> {
    app.settle().await;
    let listed = app.meanwhile(get("/v1/users?sort=userName&limit=200")).await.then(200).body;
    let items = listed["items"].as_array().unwrap().iter();
    items.map(|user| user["userName"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_file_of_ndjson_creates_its_users() {
    let app = App::start().await;
    let accepted = app.when(file(people(&["ann", "bob", "cleo"]), "k")).await.then(202);
    let id = accepted.text("id");
    assert_eq!(accepted.header("location"), format!("/v1/imports/{id}"));
    assert_eq!((&accepted.body["rows"], &accepted.body["dryRun"]), (&json!(3), &json!(false)));
    let begun = import(&app, &id).await;
    assert_eq!(
        (&begun["state"], &begun["done"], &begun["secondsLeft"]),
        (&json!("running"), &json!(0), &json!(1))
    );
    work(&app).await;
    let done = import(&app, &id).await;
    assert_eq!((&done["state"], &done["counts"]["created"]), (&json!("done"), &json!(3)), "{done}");
    assert_eq!((&done["startedBy"], &done["secondsLeft"]), (&json!("owner-1"), &Value::Null), "{done}");
    assert_eq!(users(&app).await, ["ann", "bob", "cleo"]);
    let rows = app.when(get(format!("/v1/imports/{id}/rows"))).await.then(200).body;
    let ann = rows["items"][0]["userId"].as_str().unwrap();
    assert_eq!(app.user(ann).await["roles"], json!(["engineer"]));
    assert_eq!(app.mails.sent().len(), 3);
    assert_eq!(app.kept_of_imports().await.len(), 3, "the job, its place in the list, and the verdicts");
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn a_file_of_csv_creates_its_users() {
    let app = App::start().await;
    let text = "\u{feff}email,userName,displayName,roles\r\nann@example.com,ann,\"Liddell, Ann\",engineer;oncall\r\nbob@example.com,bob,Bob,\r\n";
    let id = imported(&app, csv(text, "k")).await;
    assert_eq!(import(&app, &id).await["counts"]["created"], 2);
    assert_eq!(users(&app).await, ["ann", "bob"]);
}

#[tokio::test]
async fn every_row_has_its_own_verdict() {
    let app = App::start().await;
    app.accepted("taken", &[]).await;
    app.role("owners", json!(["owner"])).await;
    let rows = [
        person("ann", &["engineer"]).to_string(),
        person("taken", &[]).to_string(),
        "{".into(),
        json!({ "userName": "x", "displayName": "X" }).to_string(),
        person("bob", &["pilot"]).to_string(),
        person("cleo", &["owners"]).to_string(),
        person("ann", &[]).to_string(),
        person("dan", &["Bad"]).to_string(),
    ];
    let expected = [
        "created",
        "exists user-name-taken",
        "invalid malformed-json",
        "invalid invalid-body /email",
        "refused role-unknown /roles/0",
        "refused role-not-yours",
        "invalid repeated-value /userName /email",
        "invalid invalid-value /roles/0",
    ];
    let say = file(rows.join("\n"), "k").by(CallerRole::UserAdmin);
    let id = imported(&app, say).await;
    let told = verdicts(&app, &id).await;
    let told: Vec<&str> = told.values().map(String::as_str).collect();
    // Which of two claims is told of first is the store's business.
    assert_eq!(told[1].replace("email-taken", "user-name-taken"), expected[1]);
    assert_eq!((told[0], &told[2..]), (expected[0], &expected[2..]));
    let counts = &import(&app, &id).await["counts"];
    let expected = json!({ "created": 1, "would_be_created": 0, "exists": 1, "refused": 2, "invalid": 4 });
    assert_eq!(*counts, expected);
    let refused =
        app.when(get(format!("/v1/imports/{id}/rows?verdict=refused&limit=1"))).await.then(200).body;
    assert_eq!(refused["items"][0]["row"], 5);
    let next = refused["next"].as_str().unwrap();
    let path = format!("/v1/imports/{id}/rows?verdict=refused&limit=1&cursor={next}");
    let refused = app.when(get(path)).await.then(200).body;
    assert_eq!(
        (&refused["items"][0]["row"], &refused["items"][0]["code"]),
        (&json!(6), &json!("role-not-yours"))
    );
    app.when(get(format!("/v1/imports/{id}/rows?verdict=exists&cursor={next}")))
        .await
        .then_problem(400, "invalid-parameter");
    app.when(get(format!("/v1/imports/{id}/rows?verdict=fine"))).await.then_problem(400, "invalid-parameter");
    let stored = format!("{:?}", app.kept_of_imports().await);
    for personal in ["ann", "taken", "cleo", "example.com"] {
        assert!(!stored.contains(personal), "{personal} is still there");
    }
}

#[tokio::test]
async fn a_dry_run_judges_every_row_and_creates_nobody() {
    let app = App::start().await;
    app.accepted("taken", &[]).await;
    let stored = app.stored().await.len();
    let body = people(&["ann", "taken", "ann"]) + "?";
    let id = imported(&app, file_to("/v1/imports?dryRun=true", body, "k")).await;
    let told: Vec<String> = verdicts(&app, &id).await.into_values().collect();
    assert_eq!(told[0], "would_be_created");
    assert!(told[1].starts_with("exists "), "{told:?}");
    assert_eq!(told[2..], ["invalid repeated-value /userName /email", "invalid not-an-object"]);
    assert_eq!(app.stored().await.len(), stored);
    assert_eq!(import(&app, &id).await["state"], "done");
}

#[tokio::test]
async fn the_same_key_answers_the_same_and_another_file_is_refused() {
    let app = App::start().await;
    let first = app.when(file(people(&["ann"]), "k")).await.then(202);
    let again = app.when(file(people(&["ann"]), "k")).await.then(202);
    assert_eq!((&again.body, again.header("location")), (&first.body, first.header("location")));
    work(&app).await;
    let later = app.when(file(people(&["ann"]), "k").by(CallerRole::UserAdmin)).await.then(202);
    assert_eq!(later.body, first.body);
    let others = [
        file(people(&["bob"]), "k"),
        file_to("/v1/imports?dryRun=true", people(&["ann"]), "k"),
        file_to("/v1/imports?ratePerSecond=7", people(&["ann"]), "k"),
    ];
    for other in others {
        app.when(other).await.then_problem(422, "idempotency-key-reused");
    }
    work(&app).await;
    assert_eq!(users(&app).await, ["ann"]);
}

#[tokio::test]
async fn of_two_uploads_at_the_same_instant_one_is_told_to_come_again() {
    let app = App::start().await;
    let door = app.door();
    app.tap.before_request("PutItem", move || {
        Box::pin(async move {
            // Between the look and the first write.
            door.send(file(people(&["ann"]), "k")).await.then(202);
        })
    });
    let late = app.when(file(people(&["ann"]), "k")).await.then_problem(409, "import-uploading");
    assert_eq!(late.header("retry-after"), "5");
    let again = app.when(file(people(&["ann"]), "k")).await.then(202);
    work(&app).await;
    assert_eq!(import(&app, &again.text("id")).await["counts"]["created"], 1);
    assert_eq!(users(&app).await, ["ann"]);
}

/// A thousand rows in a debug build; ten thousand are imported by hand, and read by a test of the reader.
#[tokio::test]
async fn a_thousand_rows_are_worked_off() {
    let app = App::start().await;
    let id = imported(&app, file_to("/v1/imports?ratePerSecond=100&dryRun=true", numbered(1_000), "k")).await;
    let done = import(&app, &id).await;
    assert_eq!((&done["state"], &done["counts"]["would_be_created"]), (&json!("done"), &json!(1_000)));
    assert_eq!(app.kept_of_imports().await.len(), 2 + 10);
    let page = app.when(get(format!("/v1/imports/{id}/rows?limit=200"))).await.then(200).body;
    assert_eq!(page["items"].as_array().unwrap().len(), 200);
}
