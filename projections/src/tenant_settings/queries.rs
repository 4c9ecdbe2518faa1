use std::collections::BTreeMap;

use domain::{MailKind, MailTemplate, tenant::Settings};
use serde::Serialize;
use utoipa::ToSchema;

/// The settings of a tenant as clients are shown them.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SettingsItem {
    /// Number of the last commit in it, the consistency token of this answer; 0 for a tenant that has chosen
    /// nothing.
    pub version: u64,
    pub confirmation_lifetime_hours: u32,
    /// As they are used: the tenant's own, or the built-in ones.
    pub templates: BTreeMap<MailKind, MailTemplate>,
}

impl SettingsItem {
    #[must_use]
    pub fn of(version: u64, settings: &Settings) -> Self {
        let used = |kind: MailKind| (kind, settings.template(kind));
        Self {
            version,
            confirmation_lifetime_hours: settings.confirmation_lifetime.hours(),
            templates: MailKind::ALL.into_iter().map(used).collect(),
        }
    }
}
