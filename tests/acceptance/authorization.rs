//! Who may do what, from outside: the token decides, and nothing is appended for the others.

mod challenges;
mod document;

use std::collections::BTreeSet;

use acceptance::{App, Say, alice, command, delete, get, patch, post, put};
use chrono::TimeDelta;
use domain::CallerRole;
use serde_json::json;

use document::general;

use CallerRole::{Auditor, Helpdesk, Owner, ReplayOperator, UserAdmin};

/// A route that takes a token: a request for it, and who may make it.
pub(crate) struct Route {
    pub(crate) say: Say,
    pub(crate) allowed: &'static [CallerRole],
}

const ADMINISTRATORS: &[CallerRole] = &[Owner, UserAdmin];
const OPERATORS: &[CallerRole] = &[ReplayOperator];
const SUPPORT: &[CallerRole] = &[Owner, UserAdmin, Helpdesk];
/// Of a tenant that has no webhook.
const WEBHOOK: &str = "/v1/webhooks/0191f3a6-4f57-5c3e-8b1d-2f6a9e4c7d10";
const READERS: &[CallerRole] = &[Owner, UserAdmin, Helpdesk, Auditor];

/// Every route that takes a token. Another one is added here, or a test below fails.
pub(crate) fn routes(id: &str) -> Vec<Route> {
    let route = |say, allowed| Route { say, allowed };
    let path = |rest: &str| format!("/v1/users/{id}{rest}");
    vec![
        route(post("/v1/users", &alice()).key("new"), ADMINISTRATORS),
        route(patch(path(""), &json!({ "displayName": "A" })), ADMINISTRATORS),
        route(post(path("/email"), &json!({ "email": "new@example.com" })), ADMINISTRATORS),
        route(put(path("/roles/oncall"), &json!({})), ADMINISTRATORS),
        route(delete(path("/roles/pilot")), ADMINISTRATORS),
        route(put(path("/expiry"), &json!({ "expiresAt": null })), ADMINISTRATORS),
        route(command(id, "resend-confirmation"), SUPPORT),
        route(command(id, "retry-provisioning"), SUPPORT),
        route(command(id, "cancel-provisioning"), ADMINISTRATORS),
        route(command(id, "deactivate"), ADMINISTRATORS),
        route(command(id, "reactivate"), ADMINISTRATORS),
        route(get(path("")), READERS),
        route(get(path("/provisioning")), READERS),
        route(get(path("/timeline")), READERS),
        route(delete(path("")), ADMINISTRATORS),
        route(command(id, "restore"), ADMINISTRATORS),
        route(post("/v1/roles", &json!({ "name": "pilot" })), ADMINISTRATORS),
        route(post("/v1/roles/pilot/retire", &json!({})), ADMINISTRATORS),
        route(put("/v1/settings", &json!({})), &[Owner]),
        route(get("/v1/users"), READERS),
        route(get("/v1/roles"), READERS),
        route(get("/v1/settings"), READERS),
        route(get("/v1/replays"), OPERATORS),
        route(post("/v1/replays", &json!({ "projection": "user_directory" })), OPERATORS),
        route(get("/v1/replays/user_directory-2"), OPERATORS),
        route(patch("/v1/replays/user_directory-2", &json!({ "rateLimit": 5 })), OPERATORS),
        route(post("/v1/replays/user_directory-2/promote", &json!({})), OPERATORS),
        route(post("/v1/replays/user_directory-2/rollback", &json!({})), OPERATORS),
        route(post("/v1/replays/user_directory-2/finish", &json!({})), OPERATORS),
        route(post("/v1/replays/user_directory-2/cancel", &json!({})), OPERATORS),
        route(get("/v1/parked"), OPERATORS),
        route(post("/v1/parked/user_directory/retry", &json!({})), OPERATORS),
        route(get("/v1/parked/user_directory/acme/user/u-1"), OPERATORS),
        route(post("/v1/parked/user_directory/acme/user/u-1/retry", &json!({})), OPERATORS),
        route(get("/v1/limits/acme"), OPERATORS),
        route(
            put("/v1/limits/acme", &json!({ "commands": null, "queries": null, "shutOffs": null })),
            OPERATORS,
        ),
        route(delete("/v1/limits/acme"), OPERATORS),
        route(get("/v1/summary"), READERS),
        route(post("/v1/imports", &alice()).key("file"), ADMINISTRATORS),
        route(post("/v1/imports/0f/cancel", &json!({})), ADMINISTRATORS),
        route(get("/v1/imports"), READERS),
        route(get("/v1/imports/0f"), READERS),
        route(get("/v1/imports/0f/rows"), READERS),
        route(get("/v1/events"), &[Owner, Auditor]),
        route(post("/v1/webhooks", &json!({ "url": "https://example.com/" })).key("hook"), &[Owner]),
        route(patch(WEBHOOK, &json!({ "types": [] })).header("if-match", "*"), &[Owner]),
        route(delete(WEBHOOK), &[Owner]),
        route(post(format!("{WEBHOOK}/enable"), &json!({})), &[Owner]),
        route(post(format!("{WEBHOOK}/disable"), &json!({})), &[Owner]),
        route(post(format!("{WEBHOOK}/rotate-secret"), &json!({})), &[Owner]),
        route(post(format!("{WEBHOOK}/test"), &json!({})), &[Owner]),
        route(post(format!("{WEBHOOK}/deliveries/msg_1/redeliver"), &json!({})), &[Owner]),
        route(get("/v1/webhooks"), &[Owner, Auditor]),
        route(get(WEBHOOK), &[Owner, Auditor]),
        route(get(format!("{WEBHOOK}/deliveries")), &[Owner, Auditor]),
    ]
}

/// What anybody may ask.
const OPEN: [&str; 8] = [
    "POST /v1/confirmations",
    "GET /healthz",
    "GET /confirm",
    "GET /console",
    "GET /console/{file}",
    "GET /docs",
    "GET /problems/{code}",
    "GET /v1/openapi.json",
];

#[tokio::test]
async fn every_route_stands_in_the_table() {
    let app = App::start().await;
    let routes_of_functions = app.backend.functions.routes.iter().flat_map(|(_, routes)| routes);
    let served: BTreeSet<String> =
        routes_of_functions.map(|route| format!("{} {}", route.method, route.path)).collect();
    assert!(served.len() > 20, "{served:?}");
    let known = routes("{id}").into_iter().map(|route| general(&route.say.line(), "{id}"));
    let known: BTreeSet<String> = known.chain(OPEN.map(String::from)).collect();
    assert_eq!(served, known);
}

#[tokio::test]
async fn every_route_is_open_to_its_roles_and_closed_to_the_others() {
    for role in CallerRole::ALL {
        let app = App::start().await;
        let id = app.alice().await;
        for Route { say, allowed } in routes(&id) {
            let (line, stored) = (say.line(), app.stored().await.len());
            let answer = app.when(say.by(role)).await;
            if allowed.contains(&role) {
                assert!(![401, 403, 405, 500].contains(&answer.status), "{role} may {line}: {}", answer.body);
            } else {
                answer.then_problem(403, "forbidden");
                assert_eq!(app.stored().await.len(), stored, "{role} must not {line}");
            }
        }
    }
}

#[tokio::test]
async fn who_may_not_do_a_thing_may_not_try_it_either() {
    let app = App::start().await;
    let id = app.alice().await;
    for Route { say, allowed } in routes(&id) {
        for role in CallerRole::ALL.into_iter().filter(|role| !allowed.contains(role)) {
            app.when(say.clone().dry().by(role)).await.then_problem(403, "forbidden");
        }
    }
}

#[tokio::test]
async fn who_may_not_create_users_does_not_learn_which_roles_exist() {
    let app = App::start().await;
    let mut body = alice();
    body["roles"] = json!(["pilot"]);
    app.when(post("/v1/users", &body).key("k").by(Auditor)).await.then_problem(403, "forbidden");
    let id = app.alice().await;
    for role in ["engineer", "pilot", "Bad"] {
        let say = put(format!("/v1/users/{id}/roles/{role}"), &json!({}));
        app.when(say.by(Auditor)).await.then_problem(403, "forbidden");
    }
}

#[tokio::test]
async fn who_may_not_do_a_thing_is_not_told_what_else_is_wrong_with_the_request() {
    let app = App::start().await;
    let bad = post("/v1/users", &json!({ "nonsense": true })).by(Auditor);
    app.when(bad).await.then_problem(403, "forbidden");
    app.when(post("/v1/users", &json!({})).by_nobody()).await.then_problem(401, "unauthenticated");
}

#[tokio::test]
async fn without_a_valid_token_every_route_is_closed() {
    let app = App::start().await;
    let id = app.alice().await;
    let stored = app.stored().await.len();
    for Route { say, .. } in routes(&id) {
        let line = say.line();
        let none = "Bearer";
        let bad = "Bearer error=\"invalid_token\", error_description=\"the token";
        let with = |value: &str| say.clone().by_nobody().header("authorization", value);
        let ways = [
            (say.clone().by_nobody(), none),
            (with("Basic YTpi"), none),
            (say.clone().expired(TimeDelta::hours(1)), bad),
            (with("Bearer eyJhbGciOiJub25lIn0.e30."), bad),
            (with("Bearer "), bad),
        ];
        for (say, challenge) in ways {
            let answer = app.when(say).await.then_problem(401, "unauthenticated");
            let challenged = answer.header("www-authenticate");
            assert!(
                challenged == challenge || (challenge == bad && challenged.starts_with(bad)),
                "{line}: {challenged}"
            );
        }
    }
    assert_eq!(app.stored().await.len(), stored);
}

#[tokio::test]
async fn who_is_shut_off_may_do_nothing_with_a_token_that_is_good() {
    let app = App::start().await;
    let (id, ann) = (app.alice().await, app.owner("ann").await);
    app.owner("ben").await;
    app.command(&ann, "deactivate").await.then(200);
    app.settle().await;
    let stored = app.stored().await.len();
    for Route { say, allowed } in routes(&id) {
        let by_ann = say.by_user_as(&ann, allowed[0]);
        app.when(by_ann).await.then_problem(403, "caller-inactive");
    }
    assert_eq!(app.stored().await.len(), stored);
}

#[tokio::test]
async fn another_tenants_user_is_not_there() {
    let app = App::start().await;
    let id = app.alice().await;
    app.when(post("/v1/roles", &json!({ "name": "oncall" })).of_tenant("globex")).await.then(201);
    app.settle().await;
    let stored = app.stored().await.len();
    for Route { say, .. } in routes(&id).into_iter().filter(|route| route.say.line().contains(&id)) {
        app.when(say.clone().of_tenant("globex")).await.then_problem(404, "user-unknown");
        // There is nothing to try in a question.
        if !say.line().starts_with("GET ") {
            app.when(say.dry().of_tenant("globex")).await.then_problem(404, "user-unknown");
        }
    }
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
