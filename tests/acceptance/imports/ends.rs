//! How imports come to their ends: at their rate, early, or stopped.

use acceptance::{Answer, App, command, delete, post};
use chrono::TimeDelta;
use serde_json::json;

use super::{file, file_to, import, imported, numbered, people, person, users, verdicts, work};

async fn cancel(app: &App, id: &str) -> Answer {
    app.when(post(format!("/v1/imports/{id}/cancel"), &json!({}))).await
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
    cancel(&app, &id).await.then(200);
    work(&app).await;
    assert_eq!(import(&app, &id).await["state"], "cancelled");
    assert_eq!(users(&app).await, Vec::<String>::new());
    let done = imported(&app, file(people(&["bob"]), "l")).await;
    cancel(&app, &done).await.then_problem(409, "import-over");
    cancel(&app, "0f").await.then_problem(404, "no-such-import");
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
    app.clock.advance(TimeDelta::seconds(5));
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
    app.when(delete(format!("/v1/users/{boss}/roles/owners"))).await.then(204);
    app.clock.advance(TimeDelta::seconds(5));
    work(&app).await;
    let stopped = import(&app, &id).await;
    assert_eq!(
        (&stopped["state"], &stopped["reason"]),
        (&json!("stopped"), &json!("forbidden")),
        "{stopped}"
    );
    assert_eq!(stopped["done"], 0);
}

/// Beside the users themselves: 14 puts for a hundred rows, each of one unit but for the rows (one for each kilobyte,
/// compressed) and, when many were refused, the verdicts.
#[tokio::test]
async fn what_an_import_adds_to_the_price_of_its_users() {
    let app = App::start().await;
    app.tap.reset();
    imported(&app, file_to("/v1/imports?ratePerSecond=100", numbered(100), "k")).await;
    let log = app.tap.log();
    let count = |operation: &str| log.iter().filter(|it| *it == operation).count();
    assert_eq!(count("TransactWriteItems"), 100, "a user each, as by a request");
    assert_eq!(["PutItem", "GetItem", "Query", "DeleteItem"].map(count), [14, 4, 1, 2]);
    assert_eq!(["SendMessageBatch", "ChangeMessageVisibilityBatch"].map(count), [1, 0]);
}
