mod any_query;
mod older_table;
mod while_things_change;

use std::collections::BTreeSet;

use acceptance::{App, get, post};
use serde_json::{Value, json};

/// 25 users, every fifth with the role oncall, all provisioned; the first three shut off.
async fn company() -> App {
    let app = App::start().await;
    for n in 0..25 {
        let roles = if n % 5 == 0 { json!(["oncall"]) } else { json!([]) };
        let body = json!({ "userName": format!("u{n}"), "displayName": format!("User {n}"),
                           "email": format!("u{n}@example.com"), "roles": roles });
        app.when(post("/v1/users", &body).key(&format!("u{n}"))).await.then(202);
    }
    app.settle().await;
    for n in 0..3 {
        let id = app.derived_id(&format!("u{n}"));
        app.when(post(format!("/v1/users/{id}/deactivate"), &json!({}))).await.then(200);
    }
    app.settle().await;
    app
}

/// Every item of a list, page by page, and how many pages there were.
pub(crate) async fn all(app: &App, query: &str, limit: usize) -> (Vec<Value>, usize) {
    let (mut items, mut cursor, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let page = app.when(get(format!("/v1/users?limit={limit}{query}{cursor}"))).await.then(200).body;
        pages += 1;
        items.extend(page["items"].as_array().unwrap().iter().cloned());
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return (items, pages),
        }
        assert!(pages < 100, "the list does not end");
    }
}

fn names(items: &[Value]) -> BTreeSet<String> {
    items.iter().map(|item| item["userName"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn pages_hold_every_user_once_in_one_order() {
    let app = company().await;
    let (whole, pages) = all(&app, "", 200).await;
    assert_eq!((whole.len(), names(&whole).len(), pages), (25, 25, 1));
    for limit in [1, 7, 25] {
        let (paged, _) = all(&app, "", limit).await;
        assert_eq!(paged, whole, "limit {limit}");
    }
}

#[tokio::test]
async fn users_are_found_by_status_and_role() {
    let app = company().await;
    let found = |items: Vec<Value>| items.len();
    assert_eq!(names(&all(&app, "&status=inactive", 2).await.0), ["u0", "u1", "u2"].map(String::from).into());
    assert_eq!(
        names(&all(&app, "&role=oncall", 2).await.0),
        ["u0", "u5", "u10", "u15", "u20"].map(String::from).into()
    );
    assert_eq!(names(&all(&app, "&role=oncall&status=inactive", 1).await.0), ["u0".to_owned()].into());
    assert_eq!(found(all(&app, "&status=pending_confirmation", 3).await.0), 22);
    assert_eq!(found(all(&app, "&status=&role=&cursor=", 200).await.0), 25, "blanks filter nothing");
    for none in ["&status=deleted", "&status=active", "&role=engineer", "&role=nobody"] {
        assert_eq!(all(&app, none, 10).await.0, Vec::<Value>::new(), "{none}");
    }
}

#[tokio::test]
async fn a_cursor_is_good_for_its_own_filter_only() {
    let app = company().await;
    let next = app.when(get("/v1/users?limit=1&role=oncall")).await.then(200).text("next");
    app.when(get(format!("/v1/users?limit=1&cursor={next}"))).await.then_problem(400, "invalid-parameter");
    let elsewhere = get(format!("/v1/users?limit=1&role=oncall&cursor={next}")).of_tenant("globex");
    app.when(elsewhere).await.then_problem(400, "invalid-parameter");
    // The size of the pages may change on the way.
    app.when(get(format!("/v1/users?limit=2&role=oncall&cursor={next}"))).await.then(200);
}

#[tokio::test]
async fn a_cursor_that_was_changed_or_belongs_to_another_order_or_list_is_refused() {
    let app = company().await;
    let next = app.when(get("/v1/users?limit=1&sort=email")).await.then(200).text("next");
    let changed = next.replacen(&next[4..5], if &next[4..5] == "A" { "B" } else { "A" }, 1);
    for (path, cursor) in [
        ("/v1/users?sort=email", changed.as_str()),
        ("/v1/users?sort=-email", &next),
        ("/v1/users?sort=userName", &next),
        ("/v1/users", &next),
        ("/v1/users?sort=email&q=u", &next),
        ("/v1/users?sort=email&email=u1@example.com", &next),
        ("/v1/roles?limit=1", &next),
        ("/v1/users?sort=email", &"A".repeat(5_000)),
        ("/v1/users?sort=email", "1.dS0x."),
    ] {
        let joint = if path.contains('?') { '&' } else { '?' };
        app.when(get(format!("{path}{joint}cursor={cursor}"))).await.then_problem(400, "invalid-parameter");
    }
    let roles = app.when(get("/v1/roles?limit=1")).await.then(200).text("next");
    app.when(get(format!("/v1/users?cursor={roles}"))).await.then_problem(400, "invalid-parameter");
}

#[tokio::test]
async fn a_filter_or_an_order_that_there_is_not_is_refused() {
    let app = App::start().await;
    let long = format!("q={}", "a".repeat(257));
    for query in
        ["sort=name", "sort=--email", "sort=roles", "email=alice", "q=%20", "status=gone", "page=2", &long]
    {
        app.when(get(format!("/v1/users?{query}"))).await.then_problem(400, "invalid-parameter");
    }
}

#[tokio::test]
async fn roles_are_listed_by_name() {
    let app = App::start().await;
    app.when(post("/v1/roles", &json!({ "name": "auditing" }))).await.then(201);
    app.settle().await;
    let roles = app.when(get("/v1/roles")).await.then(200).body;
    let names: Vec<&str> =
        roles["items"].as_array().unwrap().iter().map(|r| r["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["auditing", "engineer", "oncall"]);
    let first = app.when(get("/v1/roles?limit=2")).await.then(200);
    let rest = app.when(get(format!("/v1/roles?cursor={}", first.text("next")))).await.then(200).body;
    assert_eq!(rest["items"].as_array().unwrap().len(), 1);
}
