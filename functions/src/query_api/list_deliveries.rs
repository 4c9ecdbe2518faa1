use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{
    Sources,
    cursor::Question,
    fresh::AtLeast,
    get_webhook::find,
    page::{List, Paging},
};
use crate::{
    http::{Authenticated, Parameters, Problem, WebhookPath},
    webhooks::{Delivery, Try},
};

/// One try at a delivery.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DeliveryTry)]
pub(super) struct Item {
    /// The `webhook-id`; the same for all tries.
    #[schema(value_type = String)]
    delivery: Delivery,
    event_type: String,
    /// Which one it was of this delivery, from 1.
    number: u32,
    at: DateTime<Utc>,
    duration_ms: i64,
    /// Whether the receiver has it.
    arrived: bool,
    /// What the receiver answered with.
    status: Option<u16>,
    /// Why there is no answer: `not_public`, `too_slow` or `unreachable`.
    error: Option<String>,
    /// When it is tried again, if it is.
    again_at: Option<DateTime<Utc>>,
}

/// `GET /v1/webhooks/{id}/deliveries`: the tries of the last seven days, the newest first.
pub(super) async fn handle(
    State(sources): State<Sources>,
    caller: Authenticated,
    WebhookPath(id): WebhookPath,
    Parameters(paging): Parameters<Paging>,
) -> Result<Json<List<Item>>, Problem> {
    let (tenant, asked) = (&caller.0.tenant, id.to_string());
    let question = Question { tenant, list: "deliveries", asked: &asked };
    let (limit, before) = paging.read(question, &sources.cursors)?;
    find(&sources, tenant, id, AtLeast::default()).await?;
    let tries = sources.deliveries.recent(tenant, id, before.as_deref(), limit).await?;
    let last = tries.last().filter(|_| tries.len() == limit);
    let next = last.map(|last| sources.cursors.write(question, &last.place()));
    Ok(Json(List { items: tries.into_iter().map(Item::from).collect(), next }))
}

impl From<Try> for Item {
    fn from(tried: Try) -> Self {
        let arrived = tried.has_arrived();
        let Try { delivery, event_type, number, at, duration_ms, status, error, again_at } = tried;
        Self { delivery, event_type, number, at, duration_ms, arrived, status, error, again_at }
    }
}
