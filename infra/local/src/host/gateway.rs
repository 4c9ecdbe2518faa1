use std::{collections::HashMap, sync::Arc};

use axum::{
    Json, Router,
    extract::Request,
    http::{Method, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
};
use functions::http::TokenRefused;
use infra_aws::clock::Clock;
use lambda_http::{
    aws_lambda_events::apigw::{
        ApiGatewayRequestAuthorizer, ApiGatewayRequestAuthorizerJwtDescription,
        ApiGatewayV2httpRequestContext,
    },
    request::RequestContext,
};
use serde_json::json;
use tokio::sync::Notify;
use uuid::Uuid;

use crate::{
    issuer::Issuer,
    template::{Route, Template},
};

/// API Gateway in front of `api`: verifies the caller's token, refuses one that has no scope of the route, and
/// hands its claims on, as the JWT authorizer does; a route that needs them refuses whoever comes without.
/// `written` is told after every request that may have appended events.
pub fn gateway(api: Router, issuer: Arc<Issuer>, clock: Clock, written: Arc<Notify>) -> Router {
    let routes: Arc<[Route]> = Template::deployed().routes().into();
    api.layer(middleware::from_fn(move |mut request: Request, next: Next| {
        let authorized = authorize(&issuer, &clock, &routes, &mut request);
        let written = written.clone();
        async move {
            if let Err(scopes) = authorized {
                return forbidden(&scopes);
            }
            let reads = request.method() == Method::GET;
            let response = next.run(request).await;
            if !reads {
                written.notify_waiters();
            }
            response
        }
    }))
}

/// # Errors
/// The scopes of which the token has none.
fn authorize(
    issuer: &Issuer,
    clock: &Clock,
    routes: &[Route],
    request: &mut Request,
) -> Result<(), Vec<String>> {
    let verified = bearer(request).map(|token| issuer.verify(token, clock.now()));
    let (claims, refused) = match verified {
        Some(Ok(claims)) => (Some(claims), None),
        Some(Err(error)) => (None, Some(TokenRefused(format!("The bearer token is not accepted: {error}.")))),
        None => (None, None),
    };
    if let (Some(claims), Some(scopes)) = (&claims, scopes_of(routes, request))
        && !has_one(claims, &scopes)
    {
        return Err(scopes);
    }
    let context = context(request, claims);
    let extensions = request.extensions_mut();
    extensions.insert(context);
    if let Some(refused) = refused {
        extensions.insert(refused);
    }
    Ok(())
}

/// The scopes of the route that the request goes to, if it needs a token.
fn scopes_of(routes: &[Route], request: &Request) -> Option<Vec<String>> {
    // The routers answer it as they do a GET.
    let method = if request.method() == Method::HEAD { &Method::GET } else { request.method() };
    let matched = |route: &&Route| route.matches(method.as_str(), request.uri().path());
    routes.iter().filter(|route| matched(route).is_some()).max_by_key(matched)?.scopes.clone()
}

fn has_one(claims: &HashMap<String, String>, wanted: &[String]) -> bool {
    let of_token = claims.get("scope").map_or("", String::as_str);
    of_token.split(' ').any(|scope| wanted.iter().any(|wanted| wanted == scope))
}

/// What API Gateway says.
fn forbidden(scopes: &[String]) -> Response {
    let challenge = format!("Bearer scope=\"{}\" error=\"insufficient_scope\"", scopes.join(" "));
    let headers = [(header::WWW_AUTHENTICATE, challenge)];
    (StatusCode::FORBIDDEN, headers, Json(json!({ "message": "Forbidden" }))).into_response()
}

fn bearer(request: &Request) -> Option<&str> {
    let value = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn context(request: &Request, claims: Option<HashMap<String, String>>) -> RequestContext {
    let mut context = ApiGatewayV2httpRequestContext::default();
    context.request_id = Some(request_id());
    context.http.method = request.method().clone();
    context.http.path = Some(request.uri().path().into());
    context.authorizer = claims.map(|claims| {
        let mut jwt = ApiGatewayRequestAuthorizerJwtDescription::default();
        jwt.claims = claims;
        let mut authorizer = ApiGatewayRequestAuthorizer::default();
        authorizer.jwt = Some(jwt);
        authorizer
    });
    RequestContext::ApiGatewayV2(context)
}

#[expect(clippy::disallowed_methods, reason = "the host names each request; nothing is decided with it")]
pub(crate) fn request_id() -> String {
    Uuid::new_v4().to_string()
}
