use axum::{Json, extract::State};

use super::{
    Desk,
    parked::{ParkedItem, not_parked},
    parked_path::ParkedPath,
};
use crate::{
    http::{NoParameters, Problem},
    query_api::page::List,
};

/// `GET /v1/parked/{projection}/{tenant}/{aggregate}/{id}`: the notes on one aggregate, one for each generation that
/// it is parked in.
pub(super) async fn handle(
    State(desk): State<Desk>,
    ParkedPath { projection, stream }: ParkedPath,
    _: NoParameters,
) -> Result<Json<List<ParkedItem>>, Problem> {
    let views = &desk.projector.views;
    let models = views.models().await?;
    let mut items = Vec::new();
    for generation in models.of(&projection).written() {
        let parked = views.parked(&projection, generation, &stream.to_string()).await?;
        items.extend(parked.map(|parked| ParkedItem::of(parked, &models)));
    }
    if items.is_empty() {
        return Err(not_parked());
    }
    Ok(Json(List { items, next: None }))
}
