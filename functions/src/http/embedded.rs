use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use sha2::{Digest as _, Sha256};

use super::IfNoneMatch;

/// A text that is a part of the program, as it is served.
pub(crate) struct Embedded {
    content: &'static str,
    content_type: &'static str,
    /// Another one as soon as the text is another one.
    version: u64,
}

impl Embedded {
    pub(crate) fn new(content: &'static str, content_type: &'static str) -> Self {
        let hash = Sha256::digest(content);
        let version = hash.iter().take(6).fold(0, |version, byte| version << 8 | u64::from(*byte));
        Self { content, content_type, version }
    }

    /// The text, or 304 to who has it already.
    pub(crate) fn answer(&self, known: &IfNoneMatch) -> Response {
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
