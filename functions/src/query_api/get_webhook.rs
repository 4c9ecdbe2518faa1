use axum::{extract::State, response::Response};
use domain::{TenantId, webhook::WebhookId};
use projections::{WebhookDirectory, webhook_directory::WebhookItem};

use super::{Sources, answer::versioned, fresh::AtLeast};
use crate::http::{Authenticated, IfNoneMatch, Kind, NoParameters, Problem, WebhookPath};

/// `GET /v1/webhooks/{id}`
pub(super) async fn handle(
    State(sources): State<Sources>,
    caller: Authenticated,
    at_least: AtLeast,
    known: IfNoneMatch,
    WebhookPath(id): WebhookPath,
    _: NoParameters,
) -> Result<Response, Problem> {
    let item = find(&sources, &caller.0.tenant, id, at_least.and(&known)).await?;
    Ok(versioned(&item, item.version, &known))
}

/// The webhook, if it is there.
pub(super) async fn find(
    sources: &Sources,
    tenant: &TenantId,
    id: WebhookId,
    at_least: AtLeast,
) -> Result<WebhookItem, Problem> {
    let id = id.to_string();
    let row = sources.fresh::<WebhookDirectory>(tenant, &id, at_least).await?;
    let unknown = || Problem::new(Kind::NO_SUCH_WEBHOOK, Kind::NO_SUCH_WEBHOOK.advice);
    WebhookItem::of(&id, row).ok_or_else(unknown)
}
