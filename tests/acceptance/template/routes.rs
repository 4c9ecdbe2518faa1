use std::collections::BTreeSet;

use acceptance::App;
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use chrono::TimeDelta;
use domain::{CallerRole, TenantId};
use functions::http::{TOKEN_SCOPES, token_scope};
use infra_local::{
    issuer::TokenRequest,
    template::{Route, Template},
};
use tower::ServiceExt as _;

#[tokio::test]
async fn every_route_is_in_the_template_with_the_scope_of_its_action_and_no_other_is() {
    let app = App::empty().await;
    let coded = app.backend.functions.routes.iter().flat_map(|(binary, routes)| {
        routes.iter().map(move |route| Route {
            method: route.method.to_string(),
            path: route.path.to_owned(),
            binary: (*binary).to_owned(),
            scopes: route.action.map(|action| {
                let scope =
                    token_scope(action).unwrap_or_else(|| panic!("{action} is nothing that callers do"));
                vec![scope.to_owned()]
            }),
        })
    });
    let coded: BTreeSet<Route> = coded.collect();
    assert_eq!(coded, Template::deployed().routes().into_iter().collect());
}

#[tokio::test]
async fn only_these_are_open_to_everybody() {
    let open = Template::deployed().routes().into_iter().filter(|route| route.scopes.is_none());
    let open: Vec<String> = open.map(|route| format!("{} {}", route.method, route.path)).collect();
    let expected = [
        "GET /confirm",
        "GET /console",
        "GET /console/{file}",
        "GET /docs",
        "GET /healthz",
        "GET /problems/{code}",
        "GET /v1/openapi.json",
        "POST /v1/confirmations",
    ];
    assert_eq!(open, expected);
}

#[tokio::test]
async fn every_scope_is_asked_for_by_some_route() {
    let asked = Template::deployed().routes().into_iter().filter_map(|route| route.scopes).flatten();
    assert_eq!(asked.collect::<BTreeSet<_>>(), TOKEN_SCOPES.map(str::to_owned).into());
}

/// Asks with a token of an owner whose client was let into no more than these.
async fn ask(app: &App, method: &str, path: &str, scopes: &[&str]) -> (StatusCode, Option<String>) {
    let owner = TokenRequest {
        tenant: TenantId::parse("acme").unwrap(),
        subject: "owner-1".into(),
        roles: vec![CallerRole::Owner],
        lifetime: TimeDelta::minutes(5),
    };
    let token = app.backend.issuer.issue_with_scopes(&owner, scopes, app.clock.now());
    let request = Request::builder().method(method).uri(path);
    let request =
        request.header(header::AUTHORIZATION, format!("Bearer {token}")).body(Body::empty()).unwrap();
    let response = app.backend.api.clone().oneshot(request).await.unwrap();
    let challenge = response.headers().get(header::WWW_AUTHENTICATE);
    (response.status(), challenge.map(|it| it.to_str().unwrap().to_owned()))
}

#[tokio::test]
async fn a_token_without_the_scope_of_a_route_is_refused_whatever_its_roles() {
    let app = App::empty().await;
    let read = "rollcall/users.read";
    assert_eq!(ask(&app, "GET", "/v1/users", &[read]).await.0, StatusCode::OK);
    assert_eq!(ask(&app, "GET", "/v1/users", &["openid", read]).await.0, StatusCode::OK);
    for (method, path) in
        [("POST", "/v1/users"), ("PUT", "/v1/settings"), ("GET", "/v1/parked"), ("GET", "/v1/roles")]
    {
        let (status, challenge) = ask(&app, method, path, &[read]).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{method} {path}");
        assert!(challenge.unwrap().contains("insufficient_scope"), "{method} {path}");
    }
    for method in ["GET", "HEAD"] {
        assert_eq!(ask(&app, method, "/v1/users", &[]).await.0, StatusCode::FORBIDDEN, "{method}");
    }
    assert_eq!(ask(&app, "GET", "/healthz", &[]).await.0, StatusCode::OK, "nobody needs a token here");
}
