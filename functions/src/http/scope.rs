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

use crate::{
    spans::{self, Span},
    trace_context::TraceContext,
};

/// What belongs to one request: known to its logs, to the events it causes and to its answer.
#[derive(Clone, Debug)]
pub struct Scope {
    pub request_id: String,
    /// The caller's `X-Correlation-Id`, or the request id.
    pub correlation_id: String,
    /// The request's own place in the caller's trace, or in one that begins with it.
    pub trace: TraceContext,
    /// What the caller sent, if it can be read.
    parent: Option<TraceContext>,
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
        let parent = traceparent(request.headers());
        let name = ["request", request_id.as_str()];
        Self {
            correlation_id: correlation_id.unwrap_or_else(|| request_id.clone()),
            trace: parent.map_or_else(|| TraceContext::begin(&name), |parent| parent.child(&name)),
            parent,
            time_left: request.extensions().get::<Context>().map(|context| left(context, now)),
            request_id,
        }
    }
}

impl Scope {
    fn span(&self, name: String, (began, ended): (DateTime<Utc>, DateTime<Utc>), status: u16) -> Span {
        Span {
            name,
            kind: spans::Kind::Server,
            context: self.trace,
            parent: self.parent,
            links: Vec::new(),
            began,
            ended,
            attributes: vec![
                ("correlation.id", self.correlation_id.clone()),
                ("http.response.status_code", status.to_string()),
            ],
            failed: status >= 500,
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

/// Sent once, and well-formed: otherwise a trace begins here, as the specification asks for.
fn traceparent(headers: &HeaderMap) -> Option<TraceContext> {
    let mut values = headers.get_all("traceparent").iter();
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    value.to_str().ok()?.parse().ok()
}

/// A header that is stored with events, and logged: short, printable and no address, or not at all.
fn id_header(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?;
    let fits = (1..=128).contains(&value.len()) && value.chars().all(|c| c.is_ascii_graphic() && c != '@');
    fits.then(|| value.to_owned())
}

#[expect(
    clippy::disallowed_methods,
    reason = "names a request that came without a gateway; nothing is decided with it"
)]
pub(crate) fn fresh_id() -> String {
    Uuid::new_v4().to_string()
}

/// Puts the request into its scope, tells how it went, and names it in the answer.
pub(super) async fn in_scope(clock: Clock, request: Request, next: Next) -> Response {
    let began = clock.now();
    let scope = Scope::of(&request, began);
    let span = tracing::info_span!(
        "request",
        request_id = %scope.request_id,
        correlation_id = %scope.correlation_id,
        trace_id = scope.trace.trace(),
    );
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let method = request.method().clone();
    let answer = CURRENT.scope(scope.clone(), next.run(request));
    let mut response = answer.instrument(span.clone()).await;
    let (ended, status) = (clock.now(), response.status().as_u16());
    let duration_ms = (ended - began).num_milliseconds();
    span.in_scope(|| tracing::info!(%method, route, status, duration_ms, "request"));
    spans::ended(|| scope.span(format!("{method} {route}"), (began, ended), status));
    spans::flush().await;
    if let Ok(value) = HeaderValue::from_str(&scope.request_id) {
        response.headers_mut().insert("x-request-id", value);
    }
    response
}
