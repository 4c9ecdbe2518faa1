use axum::{
    Json,
    extract::{Path, State},
};

use super::{Desk, Id, import_item::ImportItem};
use crate::{
    http::{Authenticated, NoParameters, Problem},
    imports::desk::unknown,
};

/// `GET /v1/imports/{id}`
pub(super) async fn handle(
    State(desk): State<Desk>,
    caller: Authenticated,
    Path(id): Id,
    _: NoParameters,
) -> Result<Json<ImportItem>, Problem> {
    let job = desk.store.job(&caller.0.tenant, &id).await?.ok_or_else(unknown)?;
    Ok(Json(job.content.into()))
}
