use axum::{
    extract::FromRequestParts,
    http::{HeaderName, HeaderValue, header, request::Parts},
};

use super::{Kind, Problem};

/// Names the last commit that an answer reflects; a query that carries it sees at least that much.
pub(crate) const CONSISTENCY_TOKEN: HeaderName = HeaderName::from_static("consistency-token");

/// The headers that tell a version: `ETag` for `If-Match`, `Consistency-Token` for queries.
#[must_use]
pub fn version_headers(version: u64) -> [(HeaderName, HeaderValue); 2] {
    let tag = HeaderValue::from_str(&format!("\"{version}\"")).unwrap_or(HeaderValue::from_static("\"0\""));
    [(header::ETAG, tag), (CONSISTENCY_TOKEN, version.into())]
}

/// The version that the caller last saw. `*` and an absent header ask for nothing.
#[derive(Clone, Copy, Debug)]
pub struct IfMatch(pub Option<u64>);

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        match parts.headers.get(header::IF_MATCH).map(|value| value.to_str().unwrap_or_default().trim()) {
            None | Some("*") => Ok(Self(None)),
            Some(tag) => version_in(tag).map(|version| Self(Some(version))),
        }
    }
}

fn version_in(tag: &str) -> Result<u64, Problem> {
    let number = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')).and_then(|tag| tag.parse().ok());
    number
        .ok_or_else(|| Problem::new(Kind::INVALID_HEADER, "If-Match is one ETag as this API gave it, or *."))
}
