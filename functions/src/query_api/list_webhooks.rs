use axum::{
    Json,
    extract::State,
    response::{IntoResponse as _, Response},
};
use projections::{
    WebhookDirectory,
    webhook_directory::{THERE, WebhookItem},
};

use super::{
    Sources,
    cursor::Question,
    page::{List, Paging},
};
use crate::http::{Authenticated, Parameters, Problem};

/// `GET /v1/webhooks`: the tenant's webhooks by id.
pub(super) async fn handle(
    State(sources): State<Sources>,
    caller: Authenticated,
    Parameters(paging): Parameters<Paging>,
) -> Result<Response, Problem> {
    let question = Question { tenant: &caller.0.tenant, list: "webhooks", asked: "" };
    let (limit, after) = paging.read(question, &sources.cursors)?;
    let lag = sources.read_lag().await?;
    let rows = sources.views.live::<WebhookDirectory>().await?;
    let terms = [THERE.to_owned()];
    let page = rows.list(caller.0.tenant.as_str(), &terms, limit, after.as_deref()).await?;
    let next = page.next.map(|place| sources.cursors.write(question, &place));
    let items = page.rows.into_iter().filter_map(|(id, row)| WebhookItem::of(&id, row)).collect();
    Ok((lag, Json(List::<WebhookItem> { items, next })).into_response())
}
