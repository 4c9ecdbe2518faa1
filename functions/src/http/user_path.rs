use axum::{
    extract::{FromRequestParts, Path},
    http::request::Parts,
};
use domain::UserId;

use super::{Kind, Problem};

/// The user that the path names. A segment that is no id names nobody.
#[derive(Clone, Copy, Debug)]
pub struct UserPath(pub UserId);

impl<S: Send + Sync> FromRequestParts<S> for UserPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let segment = Path::<String>::from_request_parts(parts, state).await.ok();
        let id = segment.and_then(|Path(segment)| segment.parse().ok());
        id.map(Self).ok_or_else(|| Problem::new(Kind::USER_UNKNOWN, Kind::USER_UNKNOWN.advice))
    }
}
