use axum::{Json, extract::State};

use super::{
    Desk,
    parked::{RetriedItem, not_parked},
    parked_path::ParkedPath,
};
use crate::http::{NoParameters, Problem};

/// `POST /v1/parked/{projection}/{tenant}/{aggregate}/{id}/retry`: folds the aggregate once more in every generation
/// that is kept, whether it is parked or not; a row that cannot be read is made anew.
pub(super) async fn handle(
    State(desk): State<Desk>,
    ParkedPath { projection, stream }: ParkedPath,
    _: NoParameters,
) -> Result<Json<RetriedItem>, Problem> {
    let models = desk.projector.views.models().await?;
    let retried = desk.retry(&projection, &stream, &models).await?;
    if retried.is_nothing() {
        return Err(not_parked());
    }
    Ok(Json(retried))
}
