use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use domain::webhook::{Webhook, WebhookId};
use projections::webhook_directory::WebhookState;
use serde::Serialize;

use crate::webhooks::Delivery;

/// The state of a webhook after a command.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = WebhookAnswer)]
pub(super) struct Answer {
    #[schema(value_type = String)]
    id: WebhookId,
    version: u64,
    #[serde(flatten)]
    #[schema(value_type = WebhookState)]
    state: Option<WebhookState>,
    /// What messages are signed with; told where it is made, and never again.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

/// That something is sent.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct Sent {
    /// The `webhook-id` of what is sent.
    #[schema(value_type = String)]
    delivery: Delivery,
}

impl Answer {
    pub(super) fn of(id: WebhookId, version: u64, webhook: &Webhook) -> Self {
        let state = webhook.registration().map(WebhookState::of);
        Self { id, version, state, secret: None }
    }

    pub(super) fn with_secret(self, secret: Option<String>) -> Self {
        Self { secret, ..self }
    }
}

pub(super) fn sent(delivery: Delivery) -> Response {
    (StatusCode::ACCEPTED, Json(Sent { delivery })).into_response()
}
