use axum::{Json, extract::State};
use domain::{RoleName, user::Status};
use projections::{
    UserDirectory,
    user_directory::{UserFilter, UserItem},
};
use serde::Deserialize;

use super::{
    Sources, cursor,
    page::{List, limit},
};
use crate::http::{Authenticated, Kind, Parameters, Problem};

/// `GET /v1/users`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    status: Option<String>,
    role: Option<String>,
    limit: Option<String>,
    cursor: Option<String>,
}

/// The tenant's users in a stable order. A page may be short, even empty, while `next` leads on.
pub(super) async fn handle(
    State(sources): State<Sources>,
    caller: Authenticated,
    Parameters(request): Parameters<Request>,
) -> Result<Json<List<UserItem>>, Problem> {
    let (filter, limit) = (filter(&request)?, limit(request.limit.as_deref())?);
    let terms = filter.terms();
    let after = request.cursor.as_deref().map(|text| cursor::read(text, &terms)).transpose()?;
    let tenant = caller.0.tenant.as_str();
    let page =
        sources.views.live::<UserDirectory>().await?.list(tenant, &terms, limit, after.as_deref()).await?;
    let next = page.next.map(|after| cursor::write(&after, &terms));
    let items = page.rows.into_iter().filter_map(|(id, row)| UserItem::of(&id, row));
    let items = items.filter(|item| filter.shows(item)).collect();
    Ok(Json(List { items, next }))
}

fn filter(request: &Request) -> Result<UserFilter, Problem> {
    let status: Option<Status> =
        request.status.as_deref().map(str::parse).transpose().map_err(|error| invalid(&error))?;
    let role = request.role.as_deref().map(RoleName::parse).transpose().map_err(|error| invalid(&error))?;
    Ok(UserFilter { status, role })
}

fn invalid(error: &dyn std::error::Error) -> Problem {
    Problem::new(Kind::INVALID_PARAMETER, format!("{error}."))
}
