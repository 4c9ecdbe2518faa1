use cqrs_es::DomainEvent;
use serde::{Deserialize, Serialize};

use super::Settings;

/// What has happened to a tenant. The serde names are the stored type names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum TenantEvent {
    #[serde(rename = "tenant.settings_changed")]
    SettingsChanged { settings: Settings },
}

impl TenantEvent {
    /// The stored type name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::SettingsChanged { .. } => "tenant.settings_changed",
        }
    }
}

impl DomainEvent for TenantEvent {
    fn event_type(&self) -> String {
        self.name().into()
    }

    fn event_version(&self) -> String {
        "1".into()
    }
}
