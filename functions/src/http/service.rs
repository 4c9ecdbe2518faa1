use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::{StatusCode, header},
    middleware,
    response::{IntoResponse as _, Response},
};
use infra_aws::clock::Clock;
use tower_http::catch_panic::CatchPanicLayer;

use super::{Kind, Problem, Routes, limited::limited, scope::in_scope};
use crate::limits::Limiter;

/// Routes made into a service: each request in its scope, and a problem for whatever the routes do not
/// answer themselves, or for a client that asks too often. A panic is one failed request, not a failed process.
pub fn service(routes: Routes, limiter: &Limiter, clock: Clock) -> Router {
    let table = routes.table().to_vec();
    limited(&table, limiter, routes.into_router())
        .fallback(|| async { Problem::new(Kind::NOT_FOUND, Kind::NOT_FOUND.advice) })
        .layer(middleware::map_response(method_not_allowed))
        // The limit is ours (see `Body`), so that its answer is a problem, too.
        .layer(DefaultBodyLimit::disable())
        .layer(CatchPanicLayer::custom(|_| panicked()))
        .layer(middleware::from_fn(move |request, next| in_scope(clock.clone(), request, next)))
}

/// The router answers a wrong method with `Allow` and no body; callers get both.
async fn method_not_allowed(response: Response) -> Response {
    if response.status() != StatusCode::METHOD_NOT_ALLOWED {
        return response;
    }
    let allow = response.headers().get(header::ALLOW).cloned();
    let mut problem = Problem::new(Kind::METHOD_NOT_ALLOWED, Kind::METHOD_NOT_ALLOWED.advice).into_response();
    problem.headers_mut().extend(allow.map(|allow| (header::ALLOW, allow)));
    problem
}

fn panicked() -> Response {
    tracing::error!("a handler panicked");
    Problem::new(Kind::INTERNAL, Kind::INTERNAL.advice).into_response()
}
