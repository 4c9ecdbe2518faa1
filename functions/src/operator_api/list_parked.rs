use axum::{Json, extract::State};
use domain::TenantId;
use infra_aws::views::{Models, Parked};
use serde::Deserialize;

use super::{
    Desk,
    parked::{ParkedItem, known},
};
use crate::{
    http::{Authenticated, Parameters, Problem},
    projector::EVERY_READ_MODEL,
    query_api::{
        cursor::Question,
        page::{List, limit},
    },
};

/// `GET /v1/parked`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    projection: Option<String>,
    limit: Option<String>,
    cursor: Option<String>,
}

/// What is parked, by projection, generation and stream. A page may be short, even empty, while `next` leads on.
pub(super) async fn handle(
    State(desk): State<Desk>,
    caller: Authenticated,
    Parameters(request): Parameters<Request>,
) -> Result<Json<List<ParkedItem>>, Problem> {
    let limit = limit(request.limit.as_deref())?;
    let projection = request.projection.as_deref();
    projection.map_or(Ok(()), known)?;
    let question = question(&caller.0.tenant, projection);
    let after = request.cursor.as_deref().map(|text| desk.cursors.read(question, text)).transpose()?;
    let views = &desk.projector.views;
    let models = views.models().await?;
    let page = views.list_parked(projection, limit, after.as_deref()).await?;
    let kept = page.parked.into_iter().filter(|parked| is_kept(parked, &models));
    let items = kept.map(|parked| ParkedItem::of(parked, &models)).collect();
    Ok(Json(List { items, next: page.next.map(|after| desk.cursors.write(question, &after)) }))
}

/// What a cursor of such a list is good for.
pub(super) fn question<'a>(tenant: &'a TenantId, projection: Option<&'a str>) -> Question<'a> {
    Question { tenant, list: "parked", asked: projection.unwrap_or_default() }
}

/// A generation that was given up has nothing to be repaired.
pub(super) fn is_kept(parked: &Parked, models: &Models) -> bool {
    parked.model == EVERY_READ_MODEL
        || models.of(&parked.model).written().any(|generation| generation == parked.generation)
}
