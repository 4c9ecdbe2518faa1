use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{DisableReason, EventTypes, Secret, Slot, WebhookEvent, WebhookUrl};

/// A webhook as the rules see it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Webhook {
    /// No event yet.
    #[default]
    Unknown,
    Known(Registration),
    Deleted,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Registration {
    pub url: WebhookUrl,
    pub types: EventTypes,
    pub slot: Slot,
    pub standing: Standing,
    /// When it was let in again, if it was.
    pub enabled_at: Option<DateTime<Utc>>,
    pub secret: Secret,
    /// The one before, and how long it signs, too.
    pub old_secret: Option<(Secret, DateTime<Utc>)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Standing {
    Enabled,
    Disabled(DisableReason),
}

impl Webhook {
    pub(super) fn remember(&mut self, event: WebhookEvent) {
        if let WebhookEvent::Created { url, types, slot, key } = event {
            *self = Self::Known(Registration {
                url,
                types,
                slot,
                standing: Standing::Enabled,
                enabled_at: None,
                secret: Secret { version: 1, key },
                old_secret: None,
            });
            return;
        }
        let Self::Known(known) = self else { return };
        match event {
            WebhookEvent::Created { .. } => {}
            WebhookEvent::Changed { url, types } => (known.url, known.types) = (url, types),
            WebhookEvent::Disabled { reason } => known.standing = Standing::Disabled(reason),
            WebhookEvent::Enabled { at } => {
                known.standing = Standing::Enabled;
                known.enabled_at = Some(at);
            }
            WebhookEvent::SecretRotated { version, key, old_until } => {
                let old = std::mem::replace(&mut known.secret, Secret { version, key });
                known.old_secret = Some((old, old_until));
            }
            WebhookEvent::Deleted {} => *self = Self::Deleted,
        }
    }

    /// What there is to know of it, while it is there.
    #[must_use]
    pub fn registration(&self) -> Option<&Registration> {
        match self {
            Self::Known(known) => Some(known),
            Self::Unknown | Self::Deleted => None,
        }
    }
}

impl Registration {
    #[must_use]
    pub fn is_enabled(&self) -> bool {
        self.standing == Standing::Enabled
    }

    /// The secrets that sign at a time, the newest first.
    pub fn secrets_at(&self, now: DateTime<Utc>) -> impl Iterator<Item = &Secret> {
        let old = self.old_secret.as_ref().filter(move |(_, until)| now < *until);
        [&self.secret].into_iter().chain(old.map(|(secret, _)| secret))
    }
}
