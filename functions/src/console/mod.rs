//! The console: a page for people who look after users. It is files that a browser runs; what they show they ask the
//! API for, with the caller's own token, and nobody else for anything.

#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use axum::{
    extract::{Path, rejection::PathRejection},
    http::{HeaderName, HeaderValue, header},
    response::{IntoResponse as _, Response},
};

use crate::http::{Embedded, IfNoneMatch, Kind, Problem};

/// What the page's files come as.
pub(crate) const OFFERED: &[&str] = &["text/javascript", "text/css", "image/svg+xml"];

/// Scripts and styles of this origin and none in the page itself; texts never become markup, not even by mistake
/// (`require-trusted-types-for`).
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
                      require-trusted-types-for 'script'; trusted-types 'none'";

static PAGE: LazyLock<Embedded> =
    LazyLock::new(|| Embedded::new(include_str!("../../console/index.html"), "text/html; charset=utf-8"));
static SERVED: LazyLock<Vec<(&str, Embedded)>> = LazyLock::new(|| {
    FILES.iter().map(|(name, content)| (*name, Embedded::new(content, content_type(name)))).collect()
});

macro_rules! files {
    ($($name:literal)*) => { &[$(($name, include_str!(concat!("../../console/", $name)))),*] };
}

/// Every file beside the page, by its name.
const FILES: &[(&str, &str)] = files! {
    "act.js"
    "actions.js"
    "api.js"
    "app.js"
    "base.css"
    "create.js"
    "dom.js"
    "filters.js"
    "health.js"
    "icon.svg"
    "imports.js"
    "live.js"
    "mail.js"
    "moments.js"
    "parked.js"
    "parts.css"
    "parts.js"
    "plot.js"
    "replay.js"
    "replays.js"
    "series.js"
    "session.js"
    "signin.js"
    "states.js"
    "steps.js"
    "timeline.js"
    "user.js"
    "users.js"
    "words.js"
};

/// `GET /console`
pub(crate) async fn page(known: IfNoneMatch) -> Response {
    (headers(), PAGE.answer(&known)).into_response()
}

/// `GET /console/{file}`
pub(crate) async fn file(
    known: IfNoneMatch,
    name: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    let served = name.ok().and_then(|Path(name)| SERVED.iter().find(|(served, _)| **served == name));
    let (_, file) = served.ok_or_else(|| Problem::new(Kind::NOT_FOUND, "The console has no such file."))?;
    Ok((headers(), file.answer(&known)).into_response())
}

fn headers() -> [(HeaderName, HeaderValue); 4] {
    [
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    ]
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some(_) | None => "text/plain; charset=utf-8",
    }
}
