use domain::{TenantId, webhook::WebhookId};
use infra_aws::queue::Outgoing;
use serde::{Deserialize, Serialize};

use super::Delivery;
use crate::trace_context::{TraceContext, lenient};

/// A message on the queue of deliveries. It says where to look: what is sent, the commit says, and where to, the webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct DeliveryMessage {
    pub(super) tenant: TenantId,
    pub(super) webhook: WebhookId,
    pub(super) delivery: Delivery,
    /// The delivery's own place in the trace.
    #[serde(default, deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub(super) traceparent: Option<TraceContext>,
}

impl DeliveryMessage {
    pub(super) fn to_outgoing(&self) -> Outgoing {
        let body = serde_json::to_string(self).expect("a message of texts is JSON");
        Outgoing { body, traceparent: self.traceparent.map(|trace| trace.to_string()) }
    }
}

/// The delivery that a message is about, if it is one of this queue.
pub(crate) fn named(body: &str) -> Option<(TenantId, WebhookId, Delivery)> {
    let DeliveryMessage { tenant, webhook, delivery, .. } = serde_json::from_str(body).ok()?;
    Some((tenant, webhook, delivery))
}
