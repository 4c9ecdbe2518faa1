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

/// The version that the caller last saw (RFC 9110, 13.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfMatch {
    /// They do not say.
    Absent,
    /// `*`: whatever there is.
    Anything,
    Version(u64),
}

/// [`IfMatch`] of a request that replaces what somebody else may have written meanwhile: whoever sends it says
/// what they have seen, or `*`.
#[derive(Clone, Copy, Debug)]
pub struct MustMatch(pub IfMatch);

impl IfMatch {
    /// The one commit that the stream may end with.
    #[must_use]
    pub fn commit(self) -> Option<u64> {
        match self {
            Self::Absent | Self::Anything => None,
            Self::Version(version) => Some(version),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let mut lines = parts.headers.get_all(header::IF_MATCH).iter();
        match (lines.next().map(|line| line.to_str().unwrap_or_default().trim()), lines.next()) {
            (None, _) => Ok(Self::Absent),
            (Some("*"), None) => Ok(Self::Anything),
            (Some(tag), None) => version_in(tag).map(Self::Version).ok_or_else(refused),
            (Some(_), Some(_)) => Err(refused()),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for MustMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match IfMatch::from_request_parts(parts, state).await? {
            IfMatch::Absent => {
                Err(Problem::new(Kind::PRECONDITION_REQUIRED, Kind::PRECONDITION_REQUIRED.advice))
            }
            said @ (IfMatch::Anything | IfMatch::Version(_)) => Ok(Self(said)),
        }
    }
}

/// A weak tag is none: it does not say that nothing has changed.
fn version_in(tag: &str) -> Option<u64> {
    let text = tag.strip_prefix('"')?.strip_suffix('"')?;
    text.parse().ok().filter(|version: &u64| version.to_string() == text)
}

fn refused() -> Problem {
    Problem::new(Kind::INVALID_HEADER, "If-Match is one ETag as this API gave it, or *.")
}
