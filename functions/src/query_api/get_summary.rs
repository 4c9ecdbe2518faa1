use axum::{
    Json,
    extract::State,
    response::{IntoResponse as _, Response},
};
use projections::{TenantSummary, tenant_summary::Summary};

use super::Sources;
use crate::http::{Authenticated, NoParameters, Problem};

/// `GET /v1/summary`: the tenant's users by status.
pub(super) async fn handle(
    State(sources): State<Sources>,
    caller: Authenticated,
    _: NoParameters,
) -> Result<Response, Problem> {
    let lag = sources.read_lag().await?;
    let rows = sources.views.live::<TenantSummary>().await?;
    let tallies = rows.tallies(caller.0.tenant.as_str()).await?;
    Ok((lag, Json(Summary::of(&tallies))).into_response())
}
