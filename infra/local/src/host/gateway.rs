use std::{collections::HashMap, sync::Arc};

use axum::{
    Router,
    extract::Request,
    http::{Method, header},
    middleware::{self, Next},
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
use tokio::sync::Notify;
use uuid::Uuid;

use crate::issuer::Issuer;

/// API Gateway in front of `api`: verifies the caller's token and hands its claims on, as the JWT
/// authorizer does; a route that needs them refuses whoever comes without. `written` is told after
/// every request that may have appended events.
pub fn gateway(api: Router, issuer: Arc<Issuer>, clock: Clock, written: Arc<Notify>) -> Router {
    api.layer(middleware::from_fn(move |mut request: Request, next: Next| {
        authorize(&issuer, &clock, &mut request);
        let written = written.clone();
        async move {
            let reads = request.method() == Method::GET;
            let response = next.run(request).await;
            if !reads {
                written.notify_waiters();
            }
            response
        }
    }))
}

fn authorize(issuer: &Issuer, clock: &Clock, request: &mut Request) {
    let verified = bearer(request).map(|token| issuer.verify(token, clock.now()));
    let (claims, refused) = match verified {
        Some(Ok(claims)) => (Some(claims), None),
        Some(Err(error)) => (None, Some(TokenRefused(format!("The bearer token is not accepted: {error}.")))),
        None => (None, None),
    };
    let context = context(request, claims);
    let extensions = request.extensions_mut();
    extensions.insert(context);
    if let Some(refused) = refused {
        extensions.insert(refused);
    }
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

#[expect(clippy::disallowed_methods, reason = "the gateway names each request; nothing is decided with it")]
fn request_id() -> String {
    Uuid::new_v4().to_string()
}
