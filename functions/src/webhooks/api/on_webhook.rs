//! What the commands to one webhook share: how they are read from a request, carried out, and answered.

use axum::{extract::FromRequestParts, http::request::Parts, response::Response};
use domain::webhook::{Webhook, WebhookCommand, WebhookId};

use super::{Webhooks, answer::Answer};
use crate::{
    command_api::{
        answer::{carried_out, previewed},
        order::{Asked, Route, order},
    },
    commands::Order,
    http::{Authenticated, CommandId, DryRun, IfMatch, MustMatch, Problem, WebhookPath},
    webhooks::secret,
};

/// A request to a webhook, apart from what it asks. `If-Match` is honoured and not needed.
pub(super) struct OnWebhook {
    caller: Authenticated,
    id: WebhookId,
    key: String,
    expected_commit: Option<u64>,
    dry_run: bool,
}

impl<S: Send + Sync> FromRequestParts<S> for OnWebhook {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let caller = Authenticated::from_request_parts(parts, state).await?;
        let WebhookPath(id) = WebhookPath::from_request_parts(parts, state).await?;
        let CommandId(key) = CommandId::from_request_parts(parts, state).await?;
        let expected_commit = IfMatch::from_request_parts(parts, state).await?.commit();
        let DryRun(dry_run) = DryRun::from_request_parts(parts, state).await?;
        Ok(Self { caller, id, key, expected_commit, dry_run })
    }
}

/// A request that replaces what somebody else may have written meanwhile: it says which version it is about.
pub(super) struct OnSeenWebhook(pub(super) OnWebhook);

impl<S: Send + Sync> FromRequestParts<S> for OnSeenWebhook {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        MustMatch::from_request_parts(parts, state).await?;
        OnWebhook::from_request_parts(parts, state).await.map(Self)
    }
}

impl OnWebhook {
    /// Carries the command out, or tries it, and answers. `said` is what the request says beyond its route; a secret that
    /// the command makes is told.
    pub(super) async fn ask(
        self,
        webhooks: &Webhooks,
        route: Route,
        said: &[u8],
        command: WebhookCommand,
    ) -> Result<Response, Problem> {
        let (id, tenant) = (self.id, self.caller.0.tenant.clone());
        let id_text = id.to_string();
        let asked =
            Asked { route: route.name, key: self.key, body: &[id_text.as_bytes(), b"\n", said].concat() };
        let order = order(tenant.clone(), self.caller.actor(), asked);
        let order = Order { expected_commit: self.expected_commit, ..order };
        if self.dry_run {
            let preview = webhooks.commands.preview_webhook(id, order, command).await?;
            let then = Answer::of(id, preview.commit, &preview.state);
            return Ok(previewed(preview, then));
        }
        let makes_secret = matches!(command, WebhookCommand::RotateSecret { .. });
        let executed = webhooks.commands.webhook(id, order, command).await?;
        let answer = Answer::of(id, executed.receipt.commit, &executed.state);
        let secret = makes_secret.then(|| webhooks.secret(&tenant, id, &executed.state)).flatten();
        Ok(carried_out(route.success, &executed.receipt, answer.with_secret(secret)))
    }
}

impl Webhooks {
    /// The webhook's newest secret, as receivers take it.
    pub(super) fn secret(
        &self,
        tenant: &domain::TenantId,
        id: WebhookId,
        webhook: &Webhook,
    ) -> Option<String> {
        let named = &webhook.registration()?.secret;
        secret::derive(&self.keys, tenant, id, named).map(|secret| secret.to_text())
    }
}
