//! Files of users: every row has a verdict, and no user is created twice.

use std::collections::BTreeMap;

use acceptance::{Answer, App, Say, command, get, post};
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

#[tokio::test]
async fn an_import_keeps_its_rate() {
    let app = App::start().await;
    let id = app.when(file_to("/v1/imports?ratePerSecond=2", numbered(31), "k")).await.then(202).text("id");
    let began = app.clock.now();
    let (mut slices, mut before) = (0, 0);
    while app.backend.import().await.unwrap() > 0 {
        slices += 1;
        let done = import(&app, &id).await["done"].as_u64().unwrap();
        assert!(done > before, "figures do not fall");
        before = done;
    }
    let took = (app.clock.now() - began).num_milliseconds();
    // The first row of a slice waits for nothing.
    assert!((14_000..=16_000).contains(&took), "{took} ms for 31 rows, two a second");
    assert_eq!((slices, before), (2, 31));
}

#[tokio::test]
async fn a_cancelled_import_tells_of_every_user_that_it_has_created() {
    let app = App::start().await;
    let id = app.when(file_to("/v1/imports?ratePerSecond=5", numbered(30), "k")).await.then(202).text("id");
    let (door, path) = (app.door(), format!("/v1/imports/{id}/cancel"));
    app.tap.reset();
    // In the middle of the second batch.
    for _ in 0..7 {
        app.tap.before_request("TransactWriteItems", || Box::pin(async {}));
    }
    app.tap.before_request("TransactWriteItems", move || {
        Box::pin(async move {
            let cancelled = door.send(post(path, &json!({}))).await.then(200);
            assert_eq!(cancelled.body["state"], "cancelling");
        })
    });
    work(&app).await;
    assert_eq!(app.tap.unmet(), 0);
    let cancelled = import(&app, &id).await;
    assert_eq!((&cancelled["state"], &cancelled["done"]), (&json!("cancelled"), &json!(10)), "{cancelled}");
    assert_eq!(users(&app).await.len(), 10);
    let again = app.when(post(format!("/v1/imports/{id}/cancel"), &json!({}))).await.then(200);
    assert_eq!(again.body["state"], "cancelled");
    assert_eq!(verdicts(&app, &id).await.len(), 10);
    assert!(!app.kept_of_imports().await.iter().any(|item| item["sk"].as_s().unwrap().starts_with("rows#")));
}

#[tokio::test]
async fn an_import_that_is_cancelled_before_it_began_creates_nobody() {
    let app = App::start().await;
    let id = app.when(file(people(&["ann"]), "k")).await.then(202).text("id");
    app.command_import(&id, "cancel").await.then(200);
    work(&app).await;
    assert_eq!(import(&app, &id).await["state"], "cancelled");
    assert_eq!(users(&app).await, Vec::<String>::new());
    let done = imported(&app, file(people(&["bob"]), "l")).await;
    app.command_import(&done, "cancel").await.then_problem(409, "import-over");
    app.command_import("0f", "cancel").await.then_problem(404, "no-such-import");
}

trait OnImport {
    async fn command_import(&self, id: &str, name: &str) -> Answer;
}

impl OnImport for App {
    async fn command_import(&self, id: &str, name: &str) -> Answer {
        self.when(post(format!("/v1/imports/{id}/{name}"), &json!({}))).await
    }
}

#[tokio::test]
async fn an_importer_who_is_shut_off_stops_the_import() {
    let app = App::start().await;
    let boss = app.owner("boss").await;
    let say = file_to("/v1/imports?ratePerSecond=5", numbered(60), "k").by_user(&boss);
    let id = app.when(say).await.then(202).text("id");
    assert_eq!(app.backend.import().await.unwrap(), 1);
    let before = import(&app, &id).await["done"].as_u64().unwrap();
    assert!((1..60).contains(&before), "{before}");
    // Somebody has to be left.
    app.owner("deputy").await;
    app.when(command(&boss, "deactivate")).await.then(200);
    app.clock.advance(chrono::TimeDelta::seconds(5));
    work(&app).await;
    let stopped = import(&app, &id).await;
    assert_eq!(
        (&stopped["state"], &stopped["reason"]),
        (&json!("stopped"), &json!("caller-inactive")),
        "{stopped}"
    );
    assert_eq!(stopped["done"], before, "{stopped}");
    assert_eq!(stopped["counts"]["created"], before, "{stopped}");
}

#[tokio::test]
async fn an_import_does_as_much_as_its_importer_may_do_now() {
    let app = App::start().await;
    app.owner("deputy").await;
    app.role("admins", json!(["user_admin"])).await;
    let boss = app.active("boss", &["owners", "admins"]).await;
    let rows = format!("{}\n{}\n", person("ann", &["owners"]), person("bob", &["engineer"]));
    let id = app.when(file(rows, "k").by_user(&boss)).await.then(202).text("id");
    // The token made an owner; the roles are gone before the rows are worked on.
    app.when(acceptance::delete(format!("/v1/users/{boss}/roles/owners"))).await.then(204);
    app.clock.advance(chrono::TimeDelta::seconds(5));
    work(&app).await;
    let stopped = import(&app, &id).await;
    assert_eq!(
        (&stopped["state"], &stopped["reason"]),
        (&json!("stopped"), &json!("forbidden")),
        "{stopped}"
    );
    assert_eq!(stopped["done"], 0);
}

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
        app.clock.advance(chrono::TimeDelta::seconds(1));
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
