use axum::{
    Json,
    extract::{Path, State},
    response::{IntoResponse as _, Response},
};
use domain::{Action, UserId};
use projections::{UserDirectory, user_directory::UserItem};

use super::{Sources, fresh::AtLeast};
use crate::http::{Authenticated, Kind, Problem, version_headers};

/// `GET /v1/users/{id}`
pub(super) async fn handle(
    State(sources): State<Sources>,
    caller: Authenticated,
    at_least: AtLeast,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    caller.permit(Action::ReadUsers)?;
    let id = user_id(&id)?.to_string();
    let row = sources.fresh::<UserDirectory>(&caller.0.tenant, &id, at_least).await?;
    let item = UserItem::of(&id, row).ok_or_else(unknown)?;
    Ok((version_headers(item.version), Json(item)).into_response())
}

pub(super) fn user_id(segment: &str) -> Result<UserId, Problem> {
    segment.parse().map_err(|_| unknown())
}

pub(super) fn unknown() -> Problem {
    Problem::new(Kind::USER_UNKNOWN, Kind::USER_UNKNOWN.advice)
}
