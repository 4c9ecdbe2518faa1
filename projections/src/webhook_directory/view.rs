use chrono::{DateTime, Utc};
use domain::webhook::Webhook;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WebhookView {
    pub webhook: Webhook,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}
