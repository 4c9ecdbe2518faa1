use domain::tenant::TenantEvent;

use super::{SettingsView, TenantSettings};
use crate::{Facts, ReadModel};

impl ReadModel for TenantSettings {
    const NAME: &'static str = "tenant_settings";
    const SOURCE: &'static str = "tenant";
    type Event = TenantEvent;
    type View = SettingsView;

    fn project(view: &mut SettingsView, event: &TenantEvent, _: &Facts<TenantEvent>) {
        match event {
            TenantEvent::SettingsChanged { settings } => view.settings = settings.clone(),
        }
    }
}
