use axum::{
    Json,
    extract::{Path, State},
};
use serde::Deserialize;

use super::{Id, import_item::ImportItem};
use crate::{
    http::{Authenticated, Body, NoParameters, Problem},
    imports::Imports,
};

/// Nothing to say: `{}`, or no body.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {}

/// `POST /v1/imports/{id}/cancel`: rows that were not begun are left alone; users that were created stay.
pub(super) async fn handle(
    State(imports): State<Imports>,
    caller: Authenticated,
    Path(id): Id,
    _: NoParameters,
    Body(Request {}): Body<Request>,
) -> Result<Json<ImportItem>, Problem> {
    Ok(Json(imports.cancel(&caller.0.tenant, &id).await?.into()))
}
