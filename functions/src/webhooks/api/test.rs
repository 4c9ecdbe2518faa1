use axum::{extract::State, response::Response};

use super::{Webhooks, answer::sent, plain::Request, unknown};
use crate::{
    command_api::order::command_id,
    http::{Authenticated, Body, CommandId, NoParameters, Problem, WebhookPath},
    webhooks::Delivery,
};

/// `POST /v1/webhooks/{id}/test`: sends an event that did not happen, once, whether the webhook is enabled or not.
pub(super) async fn handle(
    State(webhooks): State<Webhooks>,
    caller: Authenticated,
    WebhookPath(id): WebhookPath,
    CommandId(key): CommandId,
    _: NoParameters,
    Body(Request {}): Body<Request>,
) -> Result<Response, Problem> {
    let tenant = &caller.0.tenant;
    webhooks.commands.load_webhook(tenant, id).await?.registration().ok_or_else(unknown)?;
    let actor = caller.actor().recorded_as();
    let delivery = Delivery::Test { id: command_id(&["test_webhook", &id.to_string(), &actor, &key]) };
    webhooks.send(tenant, id, delivery.clone()).await?;
    Ok(sent(delivery))
}
