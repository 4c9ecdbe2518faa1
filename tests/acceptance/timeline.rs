//! Who did what to a user and when, mails included, from the creation to the deletion.

use acceptance::{App, delete, get, patch, post, put};
use chrono::TimeDelta;
use domain::CallerRole::Helpdesk;
use serde_json::{Value, json};

async fn page(app: &App, id: &str, query: &str) -> Value {
    app.when(get(format!("/v1/users/{id}/timeline?{query}"))).await.then(200).body
}

/// Every entry, page by page, and how many pages there were.
async fn all(app: &App, id: &str, query: &str) -> (Vec<Value>, usize) {
    let (mut items, mut cursor, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let page = page(app, id, &format!("{query}{cursor}")).await;
        pages += 1;
        items.extend(page["items"].as_array().unwrap().iter().cloned());
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return (items, pages),
        }
        assert!(pages < 200, "the timeline does not end");
    }
}

async fn from_the_beginning(app: &App, id: &str) -> Vec<Value> {
    all(app, id, "order=asc&limit=200").await.0
}

fn texts<'a>(items: &'a [Value], name: &str) -> Vec<&'a str> {
    items.iter().map(|item| item[name].as_str().unwrap()).collect()
}

/// `{actor} {type} > {status}`: {summary}
fn lines(items: &[Value]) -> Vec<String> {
    let line = |item: &Value| {
        let text = |name: &str| item[name].as_str().unwrap();
        format!("{} {} > {}: {}", text("actor"), text("type"), text("status"), text("summary"))
    };
    items.iter().map(line).collect()
}

/// Carla, who was created, confirmed, given another address and a role, shut off, let in again and deleted.
async fn a_whole_life() -> (App, String) {
    let app = App::start().await;
    let id = app.active("carla", &["engineer"]).await;
    let path = |rest: &str| format!("/v1/users/{id}{rest}");
    app.when(patch(path(""), &json!({ "displayName": "Carla" }))).await.then(200);
    app.when(post(path("/email"), &json!({ "email": "new@example.com" }))).await.then(202);
    app.settle().await;
    let mails = app.mails.sent();
    let link = mails.iter().find(|mail| mail.to == "new@example.com").unwrap();
    app.confirm(&link.token).await.then(200);
    app.when(put(path("/roles/oncall"), &json!({}))).await.then(204);
    app.settle().await;
    app.when(delete(path("/roles/engineer"))).await.then(204);
    app.command(&id, "deactivate").await.then(200);
    app.command(&id, "reactivate").await.then(200);
    app.settle().await;
    app.when(delete(path(""))).await;
    app.settle().await;
    (app, id)
}

#[tokio::test]
async fn a_life_is_told_from_the_creation_to_the_deletion() {
    let (app, id) = a_whole_life().await;
    let told = from_the_beginning(&app, &id).await;
    assert_eq!(texts(&told, "type"), app.event_types(&id).await, "every event is told");
    assert_eq!(lines(&told), EXPECTED.trim().lines().collect::<Vec<_>>());
    // It is told of the deleted, to whoever reads users.
    app.when(get(format!("/v1/users/{id}"))).await.then_problem(404, "user-unknown");
    app.when(get(format!("/v1/users/{id}/timeline")).by(Helpdesk)).await.then(200);
}

const EXPECTED: &str = "
user:owner-1 user.created > provisioning: The user was created, to have the role engineer.
user:owner-1 provisioning.started > provisioning: Provisioning began, attempt 1.
system:worker provisioning.step_succeeded > provisioning: A step was done: link the role engineer.
system:worker user.role_linked > provisioning: The role engineer was linked.
system:worker provisioning.step_requested > provisioning: It is the turn of a step: send mail 1, with a link to confirm the address.
system:worker confirmation.issued > provisioning: Mail 1, with a link to confirm the e-mail address, is being sent.
system:worker provisioning.step_succeeded > provisioning: A step was done: send mail 1, with a link to confirm the address.
system:worker confirmation.sent > provisioning: Mail 1, with the link, was sent.
system:worker user.provisioned > pending_confirmation: Provisioning is complete.
link user.email_confirmed > active: The e-mail address was confirmed by the link of mail 1.
user:owner-1 user.profile_changed > active: The names were changed.
user:owner-1 user.email_change_requested > active: A new e-mail address was asked for; the old one stays until it is confirmed.
user:owner-1 provisioning.step_requested > active: It is the turn of a step: send mail 2, with a link to confirm the address.
user:owner-1 provisioning.step_requested > active: It is the turn of a step: tell the old e-mail address of the new one.
system:worker confirmation.issued > active: Mail 2, with a link to confirm the e-mail address, is being sent.
system:worker provisioning.step_succeeded > active: A step was done: send mail 2, with a link to confirm the address.
system:worker confirmation.sent > active: Mail 2, with the link, was sent.
system:worker notice.issued > active: A notice of the new e-mail address is being sent to the old one.
system:worker provisioning.step_succeeded > active: A step was done: tell the old e-mail address of the new one.
link user.email_confirmed > active: The e-mail address was confirmed by the link of mail 2.
user:owner-1 user.roles_changed > active: The user is to have the role oncall.
user:owner-1 user.role_linked > active: The role oncall was linked.
user:owner-1 user.role_unlinked > active: The role engineer was unlinked: the user is no longer to have it.
user:owner-1 user.roles_changed > active: The user is to lose the role engineer.
user:owner-1 user.deactivated > inactive: The user was shut off: somebody asked for it.
user:owner-1 user.reactivated > active: The user was let in again.
user:owner-1 user.deleted > deleted: The user was deleted.
user:owner-1 provisioning.stopped > deleted: Provisioning was stopped after the e-mail address was confirmed.
user:owner-1 user.role_unlinked > deleted: The role oncall was unlinked: the user was deleted.
";

#[tokio::test]
async fn the_newest_comes_first_unless_asked_otherwise() {
    let (app, id) = a_whole_life().await;
    let mut oldest_first = from_the_beginning(&app, &id).await;
    oldest_first.reverse();
    for query in ["", "order=desc"] {
        assert_eq!(all(&app, &id, query).await.0, oldest_first, "{query}");
    }
}

#[tokio::test]
async fn a_long_life_is_told_page_by_page_at_two_queries_each() {
    let app = App::start().await;
    let id = app.active("dora", &[]).await;
    for n in 0..60 {
        app.command(&id, "deactivate").await.then(200);
        app.command(&id, "reactivate").await.then(200);
        // Each is a commit of its own, and what follows from it is delivered now and then.
        if n % 20 == 0 {
            app.settle().await;
        }
    }
    let commits = app.commits(&id).await.len();
    assert!(commits > 120);
    let whole = from_the_beginning(&app, &id).await;
    for limit in [1, 7, 50, 200] {
        app.tap.reset();
        let (asc, pages) = all(&app, &id, &format!("order=asc&limit={limit}")).await;
        assert_eq!((asc == whole, pages), (true, commits.div_ceil(limit)), "limit {limit}");
        let (mut desc, _) = all(&app, &id, &format!("limit={limit}")).await;
        desc.reverse();
        assert!(desc == whole, "limit {limit}");
        let log = app.tap.log();
        assert!(log.iter().all(|operation| operation == "Query"), "{log:?}");
        assert!(log.len() <= 4 * pages, "{} requests for {pages} pages", log.len());
    }
}

#[tokio::test]
async fn a_timeline_is_never_behind() {
    let app = App::start().await;
    let id = app.alice().await;
    app.command(&id, "deactivate").await.then(200);
    let newest = page(&app, &id, "limit=1").await;
    assert_eq!(newest["items"][0]["status"], "inactive", "although nothing was delivered");
    assert_eq!(newest["items"][0]["actor"], "user:owner-1");
}

#[tokio::test]
async fn an_entry_names_the_request_that_it_began_with() {
    let app = App::start().await;
    let say = post("/v1/users", &acceptance::alice()).key("alice").header("x-correlation-id", "from-hr-7");
    let id = app.when(say).await.then(202).text("id");
    app.clock.advance(TimeDelta::seconds(3));
    app.settle().await;
    let told = from_the_beginning(&app, &id).await;
    assert!(texts(&told, "correlationId").iter().all(|id| *id == "from-hr-7"), "{told:#?}");
    assert_eq!((&told[0]["at"], &told[0]["causationId"]), (&json!("2026-11-21T12:00:00Z"), &Value::Null));
    assert_eq!(told.last().unwrap()["at"], "2026-11-21T12:00:03Z");
}

#[tokio::test]
async fn no_hash_of_a_token_is_told() {
    let (app, id) = a_whole_life().await;
    let stored = app.commits(&id).await;
    let hashes: Vec<String> = stored
        .iter()
        .flat_map(|commit| &commit.events)
        .filter_map(|event| event.payload["confirmation.issued"]["token_hash"].as_str().map(str::to_owned))
        .collect();
    assert!(hashes.len() >= 2);
    let told = Value::from(from_the_beginning(&app, &id).await).to_string();
    assert!(hashes.iter().all(|hash| !told.contains(hash)));
    assert!(!told.contains("token"), "{told}");
}

#[tokio::test]
async fn events_that_an_earlier_release_recorded_are_told_as_of_today() {
    let app = App::start().await;
    let id = app.alice().await;
    app.rewrite_first_commit(&id, |tags, events| {
        *tags = vec!["user.created@1".into(), "provisioning.started@1".into()];
        events[0]["user.created"]["roles"] = json!(["engineer", "oncall"]);
        events[1]["provisioning.started"].as_object_mut().unwrap().remove("at");
    })
    .await;
    let told = from_the_beginning(&app, &id).await;
    assert_eq!(texts(&told, "type"), ["user.created", "provisioning.started"]);
    assert_eq!(told[0]["details"]["roles"], json!([{ "role": "engineer" }, { "role": "oncall" }]));
}

#[tokio::test]
async fn who_is_not_there_has_no_timeline() {
    let app = App::start().await;
    let id = app.alice().await;
    for path in ["no-id", "00000000-0000-4000-8000-000000000000"] {
        app.when(get(format!("/v1/users/{path}/timeline"))).await.then_problem(404, "user-unknown");
    }
    let theirs = get(format!("/v1/users/{id}/timeline")).of_tenant("globex");
    app.when(theirs).await.then_problem(404, "user-unknown");
}

#[tokio::test]
async fn a_page_that_is_none_is_refused() {
    let app = App::start().await;
    let (id, other) = (app.alice().await, app.accepted("bob", &[]).await);
    for id in [&id, &other] {
        app.command(id, "deactivate").await.then(200);
    }
    let next = page(&app, &id, "limit=1").await["next"].as_str().unwrap().to_owned();
    for query in [
        "limit=0".into(),
        "limit=201".into(),
        "limit=x".into(),
        "order=newest".into(),
        "cursor=x".into(),
        "newest=true".into(),
        format!("order=asc&cursor={next}"),
    ] {
        let say = get(format!("/v1/users/{id}/timeline?{query}"));
        app.when(say).await.then_problem(400, "invalid-parameter");
    }
    let another = get(format!("/v1/users/{other}/timeline?cursor={next}"));
    app.when(another).await.then_problem(400, "invalid-parameter");
}
