use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde::Serialize;

use crate::http::{IfNoneMatch, version_headers};

/// The item in this version, or 304 for whoever has it already.
pub(super) fn versioned(item: &impl Serialize, version: u64, known: &IfNoneMatch) -> Response {
    if known.matches(version) {
        return (StatusCode::NOT_MODIFIED, version_headers(version)).into_response();
    }
    (version_headers(version), Json(item)).into_response()
}

/// What was does not change, but who may see it does, and so does how it is written: whoever keeps a copy asks
/// each time, and is told 304.
pub(super) fn of_the_past(mut answer: Response) -> Response {
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    answer
}
