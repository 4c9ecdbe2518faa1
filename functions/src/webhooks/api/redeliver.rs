use std::collections::HashMap;

use axum::{
    extract::{Path, State},
    response::Response,
};
use event_store::StreamId;

use super::{Webhooks, answer::sent, plain::Request, unknown};
use crate::{
    http::{Authenticated, Body, Kind, NoParameters, Problem, WebhookPath},
    webhooks::Delivery,
};

/// `POST /v1/webhooks/{id}/deliveries/{delivery}/redeliver`: the same event under the same `webhook-id`, with all its
/// tries.
pub(super) async fn handle(
    State(webhooks): State<Webhooks>,
    caller: Authenticated,
    WebhookPath(id): WebhookPath,
    Path(segments): Path<HashMap<String, String>>,
    _: NoParameters,
    Body(Request {}): Body<Request>,
) -> Result<Response, Problem> {
    let tenant = &caller.0.tenant;
    let webhook = webhooks.commands.load_webhook(tenant, id).await?;
    let known = webhook.registration().ok_or_else(unknown)?;
    let delivery =
        segments.get("delivery").and_then(|text| text.parse().ok()).ok_or_else(no_such_delivery)?;
    if !exists(&webhooks, tenant.as_str(), &delivery).await? {
        return Err(no_such_delivery());
    }
    if !known.is_enabled() {
        return Err(Problem::new(Kind::WEBHOOK_DISABLED, Kind::WEBHOOK_DISABLED.advice));
    }
    webhooks.send(tenant, id, delivery.clone()).await?;
    Ok(sent(delivery))
}

async fn exists(webhooks: &Webhooks, tenant: &str, delivery: &Delivery) -> Result<bool, Problem> {
    let Delivery::Event { kind, id, commit, place } = delivery else { return Ok(false) };
    let Ok(stream) = StreamId::new(tenant, kind, id) else { return Ok(false) };
    let at = (stream, *commit);
    let found = webhooks.events.commits_at([at.clone()]).await?.remove(&at);
    let Some(Ok(commit)) = found else { return Ok(false) };
    Ok(usize::try_from(*place).is_ok_and(|place| place <= commit.events.len()))
}

fn no_such_delivery() -> Problem {
    Problem::new(Kind::NO_SUCH_DELIVERY, Kind::NO_SUCH_DELIVERY.advice)
}
