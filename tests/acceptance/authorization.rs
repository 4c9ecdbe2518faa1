//! Who may do what, from outside: the token decides, and nothing is appended for the others.

use acceptance::{App, Say, alice, get, post};
use chrono::TimeDelta;
use domain::CallerRole;
use serde_json::json;

/// Every route that takes a token, as `method path`, with a request for it.
fn routes(id: &str) -> Vec<(&'static str, Say)> {
    vec![
        ("create user", post("/v1/users", &alice()).key("new")),
        ("deactivate", post(format!("/v1/users/{id}/deactivate"), &json!({}))),
        ("reactivate", post(format!("/v1/users/{id}/reactivate"), &json!({}))),
        ("resend", post(format!("/v1/users/{id}/resend-confirmation"), &json!({}))),
        ("create role", post("/v1/roles", &json!({ "name": "pilot" }))),
        ("list roles", get("/v1/roles")),
        ("list users", get("/v1/users")),
        ("get user", get(format!("/v1/users/{id}"))),
        ("get provisioning", get(format!("/v1/users/{id}/provisioning"))),
    ]
}

fn may(role: CallerRole, route: &str) -> bool {
    match role {
        CallerRole::Owner | CallerRole::UserAdmin => true,
        CallerRole::Helpdesk => !matches!(route, "create user" | "deactivate" | "reactivate" | "create role"),
        CallerRole::Auditor => matches!(route, "list roles" | "list users" | "get user" | "get provisioning"),
        CallerRole::ReplayOperator => false,
    }
}

#[tokio::test]
async fn every_route_is_open_to_its_roles_and_closed_to_the_others() {
    for role in CallerRole::ALL {
        let app = App::start().await;
        let id = app.alice().await;
        for (route, say) in routes(&id) {
            let stored = app.stored().await.len();
            let answer = app.when(say.by(role)).await;
            if may(role, route) {
                assert_ne!(answer.status, 403, "{role} may {route}");
            } else {
                answer.then_problem(403, "forbidden");
                assert_eq!(app.stored().await.len(), stored, "{role} must not {route}");
            }
        }
    }
}

#[tokio::test]
async fn who_may_not_create_users_does_not_learn_which_roles_exist() {
    let app = App::start().await;
    let mut body = alice();
    body["roles"] = json!(["pilot"]);
    app.when(post("/v1/users", &body).key("k").by(CallerRole::Auditor)).await.then_problem(403, "forbidden");
}

#[tokio::test]
async fn who_may_not_do_a_thing_is_not_told_what_else_is_wrong_with_the_request() {
    let app = App::start().await;
    let bad = post("/v1/users", &json!({ "nonsense": true })).by(CallerRole::Auditor);
    app.when(bad).await.then_problem(403, "forbidden");
    app.when(post("/v1/users", &json!({})).by_nobody()).await.then_problem(401, "unauthenticated");
}

#[tokio::test]
async fn without_a_valid_token_every_route_is_closed() {
    let app = App::start().await;
    let id = app.alice().await;
    let stored = app.stored().await.len();
    for (route, say) in routes(&id) {
        let ways = [
            say.clone().by_nobody(),
            say.clone().expired(TimeDelta::hours(1)),
            say.clone().by_nobody().header("authorization", "Bearer eyJhbGciOiJub25lIn0.e30."),
            say.clone().by_nobody().header("authorization", "Basic YTpi"),
            say.by_nobody().header("authorization", "Bearer "),
        ];
        for say in ways {
            let answer = app.when(say).await.then_problem(401, "unauthenticated");
            assert_eq!(answer.header("www-authenticate"), "Bearer", "{route}");
        }
    }
    assert_eq!(app.stored().await.len(), stored);
}

#[tokio::test]
async fn another_tenants_user_is_not_there() {
    let app = App::start().await;
    let id = app.alice().await;
    app.settle().await;
    let stored = app.stored().await.len();
    for (_, say) in
        routes(&id).into_iter().filter(|(route, _)| !route.contains("role") && !route.contains("user"))
    {
        app.when(say.of_tenant("globex")).await.then_problem(404, "user-unknown");
    }
    app.when(get(format!("/v1/users/{id}")).of_tenant("globex")).await.then_problem(404, "user-unknown");
    let listed = app.when(get("/v1/users").of_tenant("globex")).await.then(200);
    assert_eq!(listed.body, json!({ "items": [], "next": null }));
    assert_eq!(app.stored().await.len(), stored);
}

#[tokio::test]
async fn each_tenant_has_its_own_names() {
    let app = App::start().await;
    let ours = app.alice().await;
    for role in ["engineer", "oncall"] {
        app.when(post("/v1/roles", &json!({ "name": role })).of_tenant("globex")).await.then(201);
    }
    let theirs =
        app.when(post("/v1/users", &alice()).key("alice").of_tenant("globex")).await.then(202).text("id");
    assert_ne!(ours, theirs);
}

#[tokio::test]
async fn health_problems_and_the_confirmation_page_need_no_token() {
    let app = App::start().await;
    assert_eq!(app.when(get("/healthz").by_nobody()).await.then(200).body["status"], "ok");
    app.when(get("/problems/email-taken").by_nobody()).await.then(200);
    app.when(get("/problems/no-such-problem").by_nobody()).await.then_problem(404, "not-found");
    let page = app.when(get("/confirm?token=x").by_nobody()).await.then(200);
    assert!(page.header("content-security-policy").contains("default-src 'none'"));
}
