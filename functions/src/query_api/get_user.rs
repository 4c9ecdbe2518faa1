use axum::{
    Json,
    extract::State,
    response::{IntoResponse as _, Response},
};
use domain::user::Status;
use projections::{UserDirectory, user_directory::UserItem};

use super::{Sources, fresh::AtLeast};
use crate::http::{Authenticated, Kind, Problem, UserPath, version_headers};

/// `GET /v1/users/{id}`
pub(super) async fn handle(
    State(sources): State<Sources>,
    caller: Authenticated,
    at_least: AtLeast,
    UserPath(id): UserPath,
) -> Result<Response, Problem> {
    let id = id.to_string();
    let row = sources.fresh::<UserDirectory>(&caller.0.tenant, &id, at_least).await?;
    // Who was deleted is found in the list, by who asks for that.
    let item = UserItem::of(&id, row).filter(|item| item.status != Status::Deleted).ok_or_else(unknown)?;
    Ok((version_headers(item.version), Json(item)).into_response())
}

pub(super) fn unknown() -> Problem {
    Problem::new(Kind::USER_UNKNOWN, Kind::USER_UNKNOWN.advice)
}
