//! What the API says about itself. Both texts are made by a test from the code, and committed.

use std::sync::LazyLock;

use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use sha2::{Digest as _, Sha256};

use crate::http::{IfNoneMatch, page};

struct Text {
    content: &'static str,
    content_type: &'static str,
    /// Another one as soon as the text is another one.
    version: u64,
}

static DOCUMENT: LazyLock<Text> =
    LazyLock::new(|| Text::new(include_str!("../../openapi.json"), "application/json"));
static REFERENCE: LazyLock<Text> =
    LazyLock::new(|| Text::new(include_str!("../../reference.html"), "text/html; charset=utf-8"));

/// `GET /v1/openapi.json`
pub(super) async fn openapi(known: IfNoneMatch) -> Response {
    DOCUMENT.answer(&known)
}

/// `GET /docs`
pub(super) async fn reference(known: IfNoneMatch) -> Response {
    (page::headers(), REFERENCE.answer(&known)).into_response()
}

impl Text {
    fn new(content: &'static str, content_type: &'static str) -> Self {
        let hash = Sha256::digest(content);
        let version = hash.iter().take(6).fold(0, |version, byte| version << 8 | u64::from(*byte));
        Self { content, content_type, version }
    }

    fn answer(&self, known: &IfNoneMatch) -> Response {
        let tag = HeaderValue::from_str(&format!("\"{}\"", self.version)).expect("a number");
        let headers: [(HeaderName, HeaderValue); 2] = [
            (header::ETAG, tag),
            // Whoever keeps it asks each time: a deployment may have brought another one.
            (header::CACHE_CONTROL, HeaderValue::from_static("public, no-cache")),
        ];
        if known.matches(self.version) {
            return (StatusCode::NOT_MODIFIED, headers).into_response();
        }
        let content_type = HeaderValue::from_static(self.content_type);
        (headers, [(header::CONTENT_TYPE, content_type)], self.content).into_response()
    }
}
