use serde::{Deserialize, Serialize};

use super::{Settings, TenantEvent};

/// A tenant as the rules see it. Every tenant exists; most have chosen nothing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tenant {
    pub settings: Settings,
}

impl Tenant {
    pub(super) fn remember(&mut self, event: TenantEvent) {
        match event {
            TenantEvent::SettingsChanged { settings } => self.settings = settings,
        }
    }
}
