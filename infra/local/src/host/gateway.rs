use std::{collections::HashMap, sync::Arc};

use axum::{
    Json, Router,
    extract::Request,
    http::{Method, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
};
use functions::http::NoClaims;
use infra_aws::clock::Clock;
use lambda_http::{
    aws_lambda_events::apigw::{
        ApiGatewayRequestAuthorizer, ApiGatewayRequestAuthorizerJwtDescription,
        ApiGatewayV2httpRequestContext,
    },
    request::RequestContext,
};
use serde_json::{Value, json};
use tokio::sync::Notify;
use uuid::Uuid;

use crate::{
    oidc::{Authorizer, Refusal, Unverified},
    template::{Route, Template},
};

/// API Gateway in front of `api`: verifies the caller's token, refuses one that has no scope of the route, and
/// hands its claims on, as the JWT authorizer does; a route that needs them refuses whoever comes without. A route
/// that is open to everybody looks at no token.
/// `written` is told after every request that may have appended events.
pub fn gateway(api: Router, authorizer: Arc<Authorizer>, clock: Clock, written: Arc<Notify>) -> Router {
    let gate = Arc::new(Gate { authorizer, clock, routes: Template::deployed().routes() });
    api.layer(middleware::from_fn(move |mut request: Request, next: Next| {
        let (gate, written) = (gate.clone(), written.clone());
        async move {
            if let Err(scopes) = gate.authorize(&mut request).await {
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

struct Gate {
    authorizer: Arc<Authorizer>,
    clock: Clock,
    routes: Vec<Route>,
}

impl Gate {
    /// # Errors
    /// The scopes of which the token has none.
    async fn authorize(&self, request: &mut Request) -> Result<(), Vec<String>> {
        let Some(scopes) = self.scopes_of(request) else {
            let context = context(request, None);
            request.extensions_mut().insert(context);
            return Ok(());
        };
        let claims = match bearer(request) {
            Ok(token) => self.claims(token).await,
            Err(reason) => Err(reason),
        };
        if let Ok(claims) = &claims
            && !has_one(claims, &scopes)
        {
            return Err(scopes);
        }
        if let Err(reason) = &claims {
            request.extensions_mut().insert(reason.clone());
        }
        let context = context(request, claims.ok());
        request.extensions_mut().insert(context);
        Ok(())
    }

    /// The scopes of the route that the request goes to, if it needs a token.
    fn scopes_of(&self, request: &Request) -> Option<Vec<String>> {
        // The routers answer it as they do a GET.
        let method = if request.method() == Method::HEAD { &Method::GET } else { request.method() };
        let matched = |route: &&Route| route.matches(method.as_str(), request.uri().path());
        self.routes.iter().filter(|route| matched(route).is_some()).max_by_key(matched)?.scopes.clone()
    }

    /// The claims of a good token, written as API Gateway writes them: every value a string, a list as `[a b]`.
    async fn claims(&self, token: &str) -> Result<HashMap<String, String>, NoClaims> {
        match self.authorizer.verify(token, self.clock.now()).await {
            Ok(claims) => Ok(claims.into_iter().map(|(name, value)| (name, flat(&value))).collect()),
            Err(Unverified::Refused(refusal)) => Err(NoClaims::Refused(refusal.to_string())),
            Err(Unverified::Unreachable { retry_after }) => Err(NoClaims::Unknowable { retry_after }),
        }
    }
}

fn flat(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => format!("[{}]", values.iter().map(flat).collect::<Vec<_>>().join(" ")),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.to_string(),
    }
}

/// As API Gateway looks for them: in `scope`, or in `scp`, as a text or as a list.
fn has_one(claims: &HashMap<String, String>, wanted: &[String]) -> bool {
    let of_token = claims.get("scope").or_else(|| claims.get("scp")).map_or("", String::as_str);
    let of_token = of_token.trim_start_matches('[').trim_end_matches(']');
    of_token.split(' ').any(|scope| wanted.iter().any(|wanted| wanted == scope))
}

/// What API Gateway says.
fn forbidden(scopes: &[String]) -> Response {
    let challenge = format!("Bearer scope=\"{}\" error=\"insufficient_scope\"", scopes.join(" "));
    let headers = [(header::WWW_AUTHENTICATE, challenge)];
    (StatusCode::FORBIDDEN, headers, Json(json!({ "message": "Forbidden" }))).into_response()
}

/// The token of the one header `Authorization`. Of two nobody knows who calls.
fn bearer(request: &Request) -> Result<&str, NoClaims> {
    let mut values = request.headers().get_all(header::AUTHORIZATION).iter();
    let value = values.next().ok_or(NoClaims::NoToken)?;
    if values.next().is_some() {
        return Err(NoClaims::SeveralHeaders);
    }
    let unreadable =
        || NoClaims::Refused(Refusal::Malformed("it has characters that no token has").to_string());
    let value = value.to_str().map_err(|_| unreadable())?.trim();
    let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
    let is_bearer = scheme.eq_ignore_ascii_case("bearer");
    if is_bearer { Ok(token.trim()) } else { Err(NoClaims::OtherScheme) }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_found_in_every_way_a_provider_writes_them() {
        let wanted = ["users.read".to_owned(), "users.write".to_owned()];
        let has = |name: &str, value: Value| has_one(&[(name.into(), flat(&value))].into(), &wanted);
        assert!(has("scope", json!("openid users.read")));
        assert!(has("scp", json!("users.write")));
        assert!(has("scp", json!(["openid", "users.write"])));
        for value in [json!(""), json!("users"), json!("users.reader"), json!([]), Value::Null] {
            assert!(!has("scope", value.clone()) && !has("scp", value.clone()), "{value}");
        }
    }
}
