use axum::{
    http::{HeaderName, HeaderValue, header},
    response::{Html, IntoResponse},
};

const PAGE: &str = include_str!("confirm.html");
/// The page runs its own script and talks to this origin, nothing else.
const POLICY: &str = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// `GET /confirm`: where a confirmation link leads. Shows a button and consumes nothing, because mail
/// scanners follow links.
pub(super) async fn handle() -> impl IntoResponse {
    let headers: [(HeaderName, HeaderValue); 3] = [
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (headers, Html(PAGE))
}
