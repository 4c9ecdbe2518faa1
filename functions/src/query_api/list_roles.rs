use axum::{
    Json,
    extract::State,
    response::{IntoResponse as _, Response},
};
use projections::{RoleDirectory, role_directory::RoleItem};

use super::{
    Sources,
    cursor::Question,
    page::{List, Paging},
};
use crate::http::{Authenticated, Parameters, Problem};

/// `GET /v1/roles`: the tenant's roles by name.
pub(super) async fn handle(
    State(sources): State<Sources>,
    caller: Authenticated,
    Parameters(paging): Parameters<Paging>,
) -> Result<Response, Problem> {
    let question = Question { tenant: &caller.0.tenant, list: "roles", asked: "" };
    let (limit, after) = paging.read(question, &sources.cursors)?;
    let lag = sources.read_lag().await?;
    let rows = sources.views.live::<RoleDirectory>().await?;
    let page = rows.list(caller.0.tenant.as_str(), &[], limit, after.as_deref()).await?;
    let next = page.next.map(|place| sources.cursors.write(question, &place));
    let items = page.rows.into_iter().map(|(name, row)| RoleItem::of(&name, row)).collect();
    Ok((lag, Json(List::<RoleItem> { items, next })).into_response())
}
