use std::{collections::HashMap, sync::Arc};

use axum::{
    RequestExt as _, Router,
    extract::{MatchedPath, Request},
    http::{HeaderName, HeaderValue, Method},
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
};
use domain::Action;
use infra_aws::limits::Policy;

use super::{Kind, Problem, Route, caller::Claimed};
use crate::limits::{Limiter, Standing, Verdict};

const LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

type Policies = Arc<HashMap<(Method, &'static str), Policy>>;

/// Counts the requests of each client to the routes that need a token, before anything is read for them. Who comes
/// without a good token is nobody yet, and is told so by the route; open routes are left to the gateway.
pub(super) fn limited(table: &[Route], limiter: &Limiter, router: Router) -> Router {
    let of_route =
        |route: &Route| Some(((route.method.clone(), route.path), policy(&route.method, route.action?)));
    let policies: Policies = Arc::new(table.iter().filter_map(of_route).collect());
    let limiter = limiter.clone();
    router.layer(middleware::from_fn(move |request: Request, next: Next| {
        let (policies, limiter) = (policies.clone(), limiter.clone());
        async move { count(&policies, &limiter, request, next).await }
    }))
}

fn policy(method: &Method, action: Action) -> Policy {
    if matches!(action, Action::DeactivateUser | Action::DeleteUser) {
        Policy::ShutOffs
    } else if method == Method::GET {
        Policy::Queries
    } else {
        Policy::Commands
    }
}

async fn count(policies: &Policies, limiter: &Limiter, mut request: Request, next: Next) -> Response {
    let Some(policy) = policy_of(policies, &request) else { return next.run(request).await };
    let Ok(Claimed(caller)) = request.extract_parts::<Claimed>().await else {
        return next.run(request).await;
    };
    match limiter.count(&caller, policy).await {
        Verdict::Passed(standing) => told(next.run(request).await, &standing),
        Verdict::Refused(standing, seconds) => told(refused(&standing, seconds), &standing),
        Verdict::Unasked => next.run(request).await,
    }
}

fn policy_of(policies: &Policies, request: &Request) -> Option<Policy> {
    let path = request.extensions().get::<MatchedPath>()?;
    // The router answers it as it does a GET.
    let method = if request.method() == Method::HEAD { Method::GET } else { request.method().clone() };
    let mut routes = policies.iter();
    routes.find(|((of, at), _)| *of == method && *at == path.as_str()).map(|(_, policy)| *policy)
}

fn refused(standing: &Standing, seconds: u64) -> Response {
    let Standing { policy, limit, .. } = standing;
    let detail = format!(
        "A client may send {} requests in {} s here ({}). Send the same request again after {seconds} s.",
        limit.requests,
        limit.seconds,
        policy.as_str()
    );
    Problem::new(Kind::TOO_MANY_REQUESTS, detail).retry_after(seconds).into_response()
}

/// As draft-ietf-httpapi-ratelimit-headers has it: `t` is when all of the quota is there again.
fn told(mut response: Response, standing: &Standing) -> Response {
    let Standing { policy, limit, remaining, whole_in } = standing;
    let name = policy.as_str();
    let of_policy = format!("\"{name}\";q={};w={}", limit.requests, limit.seconds);
    let now = format!("\"{name}\";r={remaining};t={whole_in}");
    for (header, value) in [(POLICY, of_policy), (LIMIT, now)] {
        response.headers_mut().extend(HeaderValue::from_str(&value).ok().map(|value| (header, value)));
    }
    response
}
