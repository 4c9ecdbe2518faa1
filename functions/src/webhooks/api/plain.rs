use axum::{extract::State, http::StatusCode, response::Response};
use domain::webhook::WebhookCommand;
use futures_util::future::BoxFuture;
use serde::Deserialize;

use super::{Webhooks, on_webhook::OnWebhook};
use crate::{
    command_api::order::Route,
    http::{Body, Problem},
};

/// Nothing to say: `{}`, or no body.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Nothing)]
pub(super) struct Request {}

/// The handler of a command that says all with its name.
pub(super) fn plain(
    name: &'static str,
    success: StatusCode,
    command: WebhookCommand,
) -> impl Fn(State<Webhooks>, OnWebhook, Body<Request>) -> BoxFuture<'static, Result<Response, Problem>> + Clone
{
    move |State(webhooks), on, Body(Request {})| {
        let command = command.clone();
        Box::pin(async move { on.ask(&webhooks, Route { name, success }, b"{}", command).await })
    }
}
