use axum::{extract::State, response::Response};
use domain::user::Status;
use projections::{
    Row, UserDirectory,
    user_directory::{UserItem, UserView},
};
use serde::Deserialize;

use super::{
    Sources,
    answer::{of_the_past, versioned},
    as_of::Moment,
    fresh::AtLeast,
};
use crate::http::{Authenticated, IfNoneMatch, Kind, Parameters, Problem, UserPath};

/// `GET /v1/users/{id}`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    version: Option<String>,
    at: Option<String>,
}

/// The user as they are, or were.
pub(super) async fn handle(
    State(sources): State<Sources>,
    caller: Authenticated,
    at_least: AtLeast,
    known: IfNoneMatch,
    UserPath(id): UserPath,
    Parameters(request): Parameters<Request>,
) -> Result<Response, Problem> {
    let (tenant, id) = (&caller.0.tenant, id.to_string());
    if let Some(moment) = Moment::parse(request.version.as_deref(), request.at.as_deref())? {
        let item = shown(&id, sources.as_of::<UserDirectory>(tenant, &id, moment).await?)?;
        return Ok(of_the_past(versioned(&item, item.version, &known)));
    }
    let row = sources.fresh::<UserDirectory>(tenant, &id, at_least.and(&known)).await?;
    let item = shown(&id, row)?;
    Ok(versioned(&item, item.version, &known))
}

/// Who was deleted is found in the list, by who asks for that, and in their timeline.
fn shown(id: &str, row: Row<UserView>) -> Result<UserItem, Problem> {
    UserItem::of(id, row).filter(|item| item.status != Status::Deleted).ok_or_else(unknown)
}

pub(super) fn unknown() -> Problem {
    Problem::new(Kind::USER_UNKNOWN, Kind::USER_UNKNOWN.advice)
}
