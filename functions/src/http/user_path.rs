use std::collections::HashMap;

use axum::{
    extract::{FromRequestParts, Path},
    http::request::Parts,
};
use domain::{RoleName, UserId, webhook::WebhookId};

use super::{Kind, Problem};

/// The user that the path names. A segment that is no id names nobody.
#[derive(Clone, Copy, Debug)]
pub struct UserPath(pub UserId);

/// The role that the path names. A segment that is no name names none.
#[derive(Clone, Debug)]
pub struct RolePath(pub RoleName);

/// The webhook that the path names. A segment that is no id names none.
#[derive(Clone, Copy, Debug)]
pub struct WebhookPath(pub WebhookId);

impl<S: Send + Sync> FromRequestParts<S> for UserPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let id = segment(parts, state, "id").await.and_then(|segment| segment.parse().ok());
        id.map(Self).ok_or_else(|| Problem::new(Kind::USER_UNKNOWN, Kind::USER_UNKNOWN.advice))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for RolePath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let name = segment(parts, state, "role").await.and_then(|segment| RoleName::parse(&segment).ok());
        name.map(Self).ok_or_else(|| Problem::new(Kind::NO_SUCH_ROLE, Kind::NO_SUCH_ROLE.advice))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for WebhookPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let id = segment(parts, state, "id").await.and_then(|segment| segment.parse().ok());
        id.map(Self).ok_or_else(|| Problem::new(Kind::NO_SUCH_WEBHOOK, Kind::NO_SUCH_WEBHOOK.advice))
    }
}

async fn segment<S: Send + Sync>(parts: &mut Parts, state: &S, name: &str) -> Option<String> {
    let Path(mut segments) = Path::<HashMap<String, String>>::from_request_parts(parts, state).await.ok()?;
    segments.remove(name)
}
