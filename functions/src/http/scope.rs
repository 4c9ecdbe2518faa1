use std::time::Duration;

use axum::{
    extract::{MatchedPath, Request},
    http::{HeaderMap, HeaderValue},
    middleware::Next,
    response::Response,
};
use chrono::{DateTime, Utc};
use infra_aws::clock::Clock;
use lambda_http::{Context, request::RequestContext};
use tracing::Instrument as _;
use uuid::Uuid;

/// What belongs to one request: known to its logs, to the events it causes and to its answer.
#[derive(Clone, Debug)]
pub struct Scope {
    pub request_id: String,
    /// The caller's `X-Correlation-Id`, or the request id.
    pub correlation_id: String,
    /// W3C trace context, as the caller sent it.
    pub traceparent: Option<String>,
    /// When it came, until the function is ended; none where nobody ends it.
    pub time_left: Option<Duration>,
}

tokio::task_local! {
    static CURRENT: Scope;
}

impl Scope {
    /// The scope of the request that is being answered.
    #[must_use]
    pub fn current() -> Option<Self> {
        CURRENT.try_with(Self::clone).ok()
    }

    fn of(request: &Request, now: DateTime<Utc>) -> Self {
        let request_id = gateway_request_id(request).unwrap_or_else(fresh_id);
        let correlation_id = id_header(request.headers(), "x-correlation-id");
        Self {
            correlation_id: correlation_id.unwrap_or_else(|| request_id.clone()),
            traceparent: id_header(request.headers(), "traceparent"),
            time_left: request.extensions().get::<Context>().map(|context| left(context, now)),
            request_id,
        }
    }
}

fn left(context: &Context, now: DateTime<Utc>) -> Duration {
    let deadline = DateTime::<Utc>::from(context.deadline());
    (deadline - now).to_std().unwrap_or_default()
}

fn gateway_request_id(request: &Request) -> Option<String> {
    match request.extensions().get::<RequestContext>() {
        Some(RequestContext::ApiGatewayV2(context)) => context.request_id.clone(),
        Some(_) | None => None,
    }
}

/// A header that is stored with events: short and printable, or not at all.
fn id_header(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?;
    let fits = (1..=128).contains(&value.len()) && value.chars().all(|c| c.is_ascii_graphic());
    fits.then(|| value.to_owned())
}

#[expect(
    clippy::disallowed_methods,
    reason = "names a request that came without a gateway; nothing is decided with it"
)]
pub(crate) fn fresh_id() -> String {
    Uuid::new_v4().to_string()
}

/// Puts the request into its scope, logs how it went, and names it in the answer.
pub(super) async fn in_scope(clock: Clock, request: Request, next: Next) -> Response {
    let started = clock.now();
    let scope = Scope::of(&request, started);
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let span = tracing::info_span!("request", request_id = %scope.request_id, correlation_id = %scope.correlation_id);
    let (method, request_id) = (request.method().clone(), scope.request_id.clone());
    let answer = CURRENT.scope(scope, next.run(request));
    let mut response = answer.instrument(span.clone()).await;
    let duration_ms = (clock.now() - started).num_milliseconds();
    let status = response.status().as_u16();
    span.in_scope(|| tracing::info!(%method, route, status, duration_ms, "request"));
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert("x-request-id", value);
    }
    response
}
