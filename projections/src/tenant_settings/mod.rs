//! What a tenant has chosen: one row per tenant.

mod project;
mod queries;
mod view;

pub use queries::SettingsItem;
pub use view::SettingsView;

/// The read model.
pub struct TenantSettings;
