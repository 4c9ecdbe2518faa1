use std::collections::BTreeMap;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::{InvalidValue, MailKind, MailTemplate};

/// What a tenant can choose. The default is what holds for a tenant that has chosen nothing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Settings {
    pub confirmation_lifetime: ConfirmationLifetime,
    /// Instead of the built-in texts.
    pub templates: BTreeMap<MailKind, MailTemplate>,
}

impl Settings {
    /// The template of a mail: the tenant's own, or the built-in one.
    #[must_use]
    pub fn template(&self, kind: MailKind) -> MailTemplate {
        self.templates.get(&kind).cloned().unwrap_or_else(|| MailTemplate::default_for(kind))
    }
}

/// How long a confirmation link works, in hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConfirmationLifetime(u32);

impl ConfirmationLifetime {
    pub const HOURS: std::ops::RangeInclusive<u32> = 1..=720;

    /// # Errors
    /// `confirmation-lifetime-invalid` unless it is 1 to 720 hours (30 days).
    pub fn parse(hours: u32) -> Result<Self, InvalidValue> {
        if Self::HOURS.contains(&hours) {
            return Ok(Self(hours));
        }
        let message = "a confirmation link works for 1 to 720 hours";
        Err(InvalidValue::new("confirmation-lifetime-invalid", message))
    }

    #[must_use]
    pub fn hours(self) -> u32 {
        self.0
    }

    #[must_use]
    pub fn as_duration(self) -> TimeDelta {
        TimeDelta::hours(self.0.into())
    }
}

impl Default for ConfirmationLifetime {
    fn default() -> Self {
        Self(72)
    }
}
