use std::collections::BTreeSet;

use axum::{Json, extract::State};
use event_store::StreamId;

use super::{
    Desk,
    list_parked::{is_kept, question},
    parked::RetriedItem,
    parked_path::ProjectionPath,
};
use crate::{
    http::{Authenticated, Parameters, Problem},
    query_api::page::{List, Paging},
};

/// `POST /v1/parked/{projection}/retry`: tries a page of what is parked for a projection once more; `next` leads to
/// the rest.
pub(super) async fn handle(
    State(desk): State<Desk>,
    caller: Authenticated,
    ProjectionPath(projection): ProjectionPath,
    Parameters(paging): Parameters<Paging>,
) -> Result<Json<List<RetriedItem>>, Problem> {
    let question = question(&caller.0.tenant, Some(&projection));
    let (limit, after) = paging.read(question, &desk.cursors)?;
    let views = &desk.projector.views;
    let models = views.models().await?;
    let page = views.list_parked(Some(&projection), limit, after.as_deref()).await?;
    let (mut items, mut tried) = (Vec::new(), BTreeSet::new());
    for parked in page.parked {
        if !is_kept(&parked, &models) {
            views.unpark(&parked.model, parked.generation, &parked.stream).await?;
            continue;
        }
        if !tried.insert(parked.stream.clone()) {
            continue;
        }
        let retried = match StreamId::parse(&parked.stream) {
            Ok(stream) => desk.retry(&projection, &stream, &models).await?.or_still(parked),
            Err(_) => RetriedItem::still(parked),
        };
        items.push(retried);
    }
    Ok(Json(List { items, next: page.next.map(|after| desk.cursors.write(question, &after)) }))
}
