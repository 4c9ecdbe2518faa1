use chrono::{DateTime, Utc};
use cqrs_es::DomainEvent;
use serde::{Deserialize, Serialize};

use super::{DisableReason, EventTypes, KeyName, Slot, WebhookUrl};

/// What has happened to a webhook. The serde names are the stored type names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum WebhookEvent {
    #[serde(rename = "webhook.created")]
    Created { url: WebhookUrl, types: EventTypes, slot: Slot, key: KeyName },
    /// As it is from now on.
    #[serde(rename = "webhook.changed")]
    Changed { url: WebhookUrl, types: EventTypes },
    #[serde(rename = "webhook.disabled")]
    Disabled { reason: DisableReason },
    #[serde(rename = "webhook.enabled")]
    Enabled { at: DateTime<Utc> },
    #[serde(rename = "webhook.secret_rotated")]
    SecretRotated {
        version: u32,
        key: KeyName,
        /// For so long the secret before it signs, too.
        old_until: DateTime<Utc>,
    },
    #[serde(rename = "webhook.deleted")]
    Deleted {},
}

impl WebhookEvent {
    /// The stored type name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Created { .. } => "webhook.created",
            Self::Changed { .. } => "webhook.changed",
            Self::Disabled { .. } => "webhook.disabled",
            Self::Enabled { .. } => "webhook.enabled",
            Self::SecretRotated { .. } => "webhook.secret_rotated",
            Self::Deleted {} => "webhook.deleted",
        }
    }
}

impl DomainEvent for WebhookEvent {
    fn event_type(&self) -> String {
        self.name().into()
    }

    fn event_version(&self) -> String {
        "1".into()
    }
}
