use axum::{extract::State, http::StatusCode, response::Response};
use domain::webhook::WebhookCommand;

use super::{Webhooks, on_webhook::OnWebhook, plain::Request};
use crate::{
    command_api::order::Route,
    http::{Body, Problem},
    webhooks::secret,
};

const ROUTE: Route = Route { name: "rotate_webhook_secret", success: StatusCode::OK };

/// `POST /v1/webhooks/{id}/rotate-secret`: for a day the old secret signs, too.
pub(super) async fn handle(
    State(webhooks): State<Webhooks>,
    on: OnWebhook,
    Body(Request {}): Body<Request>,
) -> Result<Response, Problem> {
    let key = secret::name_of(&webhooks.keys.current);
    on.ask(&webhooks, ROUTE, b"{}", WebhookCommand::RotateSecret { key }).await
}
