use axum::{extract::State, http::StatusCode, response::Response};
use domain::webhook::WebhookCommand;
use serde::{Deserialize, Deserializer, Serialize};

use super::{
    Webhooks,
    create::{event_types, parse_types, parse_url},
    on_webhook::OnSeenWebhook,
};
use crate::{
    command_api::order::Route,
    http::{Body, ParseAll, Problem},
};

const ROUTE: Route = Route { name: "change_webhook", success: StatusCode::OK };

/// `PATCH /v1/webhooks/{id}`, a merge patch (RFC 7396): what is absent stays.
#[derive(Debug, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ChangeWebhook)]
pub(super) struct Request {
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = "uri", max_length = 2048)]
    url: Option<String>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = event_types)]
    types: Option<Vec<String>>,
}

/// `null` removes a value in a merge patch, and a webhook has both.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Says anew where events are sent, or which.
pub(super) async fn handle(
    State(webhooks): State<Webhooks>,
    OnSeenWebhook(on): OnSeenWebhook,
    Body(request): Body<Request>,
) -> Result<Response, Problem> {
    let mut all = ParseAll::default();
    let url = request.url.as_deref().and_then(|url| parse_url(&mut all, url, webhooks.reach));
    let types = request.types.as_deref().and_then(|types| parse_types(&mut all, types));
    all.finish()?;
    let said = serde_json::to_vec(&request).unwrap_or_default();
    on.ask(&webhooks, ROUTE, &said, WebhookCommand::Change { url, types }).await
}
