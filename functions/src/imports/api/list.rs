use axum::{Json, extract::State};
use futures_util::future::try_join_all;

use super::{Desk, import_item::ImportItem};
use crate::{
    http::{Authenticated, Parameters, Problem},
    query_api::{
        cursor::Question,
        page::{List, Paging},
    },
};

/// `GET /v1/imports`: the tenant's imports of the last 30 days, the newest first. A page may be short while `next`
/// leads on.
pub(super) async fn handle(
    State(desk): State<Desk>,
    caller: Authenticated,
    Parameters(paging): Parameters<Paging>,
) -> Result<Json<List<ImportItem>>, Problem> {
    let tenant = &caller.0.tenant;
    let question = Question { tenant, list: "imports", asked: "" };
    let (limit, before) = paging.read(question, &desk.cursors)?;
    // The one that was the last is listed once more, and left out.
    let known = usize::from(before.is_some());
    let wanted = i32::try_from(limit + known).unwrap_or(i32::MAX);
    let listed = desk.store.listed(tenant, before.as_deref(), wanted).await?;
    let is_full = listed.len() == limit + known;
    let last = listed.last().filter(|_| is_full);
    let next = last.map(|last| desk.cursors.write(question, &last.name));
    let listed: Vec<_> =
        listed.into_iter().filter(|it| before.as_ref().is_none_or(|before| it.name != *before)).collect();
    let jobs = try_join_all(listed.iter().map(|it| desk.store.job(tenant, &it.content.id))).await?;
    let found = jobs
        .into_iter()
        .zip(&listed)
        .filter_map(|(job, listed)| Some(job?.content).filter(|job| job.is_listed_as(&listed.content)));
    Ok(Json(List { items: found.map(ImportItem::from).collect(), next }))
}
