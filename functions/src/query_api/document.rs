//! What the API says about itself. Both texts are made by a test from the code, and committed.

use std::sync::LazyLock;

use axum::response::{IntoResponse as _, Response};

use crate::http::{Embedded, IfNoneMatch, page};

static DOCUMENT: LazyLock<Embedded> =
    LazyLock::new(|| Embedded::new(include_str!("../../openapi.json"), "application/json"));
static REFERENCE: LazyLock<Embedded> =
    LazyLock::new(|| Embedded::new(include_str!("../../reference.html"), "text/html; charset=utf-8"));

/// `GET /v1/openapi.json`
pub(super) async fn openapi(known: IfNoneMatch) -> Response {
    DOCUMENT.answer(&known)
}

/// `GET /docs`
pub(super) async fn reference(known: IfNoneMatch) -> Response {
    (page::headers(), REFERENCE.answer(&known)).into_response()
}
