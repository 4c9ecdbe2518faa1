use axum::{
    Json,
    extract::{Path, State},
};

use super::{Id, import_item::ImportItem};
use crate::{
    http::{Authenticated, Body, NoParameters, Nothing, Problem},
    imports::Imports,
};

/// `POST /v1/imports/{id}/cancel`: rows that were not begun are left alone; users that were created stay.
pub(super) async fn handle(
    State(imports): State<Imports>,
    caller: Authenticated,
    Path(id): Id,
    _: NoParameters,
    Body(Nothing {}): Body<Nothing>,
) -> Result<Json<ImportItem>, Problem> {
    Ok(Json(imports.cancel(&caller.0.tenant, &id).await?.into()))
}
