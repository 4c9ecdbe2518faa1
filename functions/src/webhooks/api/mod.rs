//! The routes of webhooks that change something. Those that only tell are `query_api`'s.

mod answer;
mod change;
mod create;
mod on_webhook;
mod operations;
mod plain;
mod redeliver;
mod rotate_secret;
mod test;

pub(crate) use self::operations::operations;

use axum::http::StatusCode;
use domain::{
    Action, TenantId,
    webhook::{WebhookCommand, WebhookId},
};
use event_store::DynamoEventStore;
use infra_aws::{environment::KeyRing, queue::Queue, receivers::Reach};

use self::plain::plain;
use super::{Delivery, message::DeliveryMessage};
use crate::{
    commands::Commands,
    http::{Kind, Problem, Routes, Scope},
};

/// What webhooks are managed with.
#[derive(Clone, Debug)]
pub struct Webhooks {
    pub commands: Commands,
    pub events: DynamoEventStore,
    /// Of deliveries.
    pub queue: Queue,
    pub keys: KeyRing,
    /// Where webhooks may lead.
    pub reach: Reach,
}

/// The routes, and what their callers must be allowed to do.
pub fn commands(webhooks: Webhooks) -> Routes {
    let manage = Action::ManageWebhooks;
    let remove = plain("delete_webhook", StatusCode::NO_CONTENT, WebhookCommand::Delete);
    let enable = plain("enable_webhook", StatusCode::OK, WebhookCommand::Enable);
    let disable = plain("disable_webhook", StatusCode::OK, WebhookCommand::Disable);
    Routes::judged_by(&webhooks.commands.callers())
        .post("/v1/webhooks", manage, create::handle)
        .patch("/v1/webhooks/{id}", manage, change::handle)
        .delete("/v1/webhooks/{id}", manage, remove)
        .post("/v1/webhooks/{id}/enable", manage, enable)
        .post("/v1/webhooks/{id}/disable", manage, disable)
        .post("/v1/webhooks/{id}/rotate-secret", manage, rotate_secret::handle)
        .post("/v1/webhooks/{id}/test", manage, test::handle)
        .post("/v1/webhooks/{id}/deliveries/{delivery}/redeliver", manage, redeliver::handle)
        .with_state(webhooks)
}

impl Webhooks {
    /// Hands a delivery to the courier.
    async fn send(&self, tenant: &TenantId, webhook: WebhookId, delivery: Delivery) -> Result<(), Problem> {
        let name = ["webhook", &webhook.to_string(), &delivery.to_string()];
        let traceparent = Scope::current().map(|scope| scope.trace.child(&name));
        let message = DeliveryMessage { tenant: tenant.clone(), webhook, delivery, traceparent };
        let sent = self.queue.send(&[message.to_outgoing()]).await;
        sent.map_err(|error| Problem::hiding(Kind::UNAVAILABLE, &error))
    }
}

fn unknown() -> Problem {
    Problem::new(Kind::NO_SUCH_WEBHOOK, Kind::NO_SUCH_WEBHOOK.advice)
}
