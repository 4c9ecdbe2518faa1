//! What can be asked: one folder per read model. Each is a pure fold from events to a view, and the
//! questions that the view answers. Nothing here reads or writes; `infra/aws` keeps the rows and the
//! projector function feeds them.
//!
//! A new read model is a folder with an implementation of [`ReadModel`], its `mod` line here, and one line in
//! [`visit_all`]. From the next deployment on the projector keeps its rows; `rollcall replay start` makes
//! those of whatever happened before.

mod generation;
mod index;
pub mod provisioning_status;
pub mod role_directory;
mod row;
pub mod tenant_settings;
pub mod tenant_summary;
#[cfg(test)]
mod testing;
pub mod user_directory;
pub mod user_timeline;
pub mod webhook_directory;

pub use generation::{Generation, Generations};
pub use index::Index;
pub use provisioning_status::ProvisioningStatus;
pub use role_directory::RoleDirectory;
pub use row::{Applied, Facts, ReadModel, Row};
pub use tenant_settings::TenantSettings;
pub use tenant_summary::TenantSummary;
pub use user_directory::UserDirectory;
pub use webhook_directory::WebhookDirectory;

/// Is shown every read model.
pub trait Visitor {
    fn visit<R: ReadModel>(&mut self);
}

/// The registry: one line for each read model that has rows.
pub fn visit_all(visitor: &mut impl Visitor) {
    visitor.visit::<UserDirectory>();
    visitor.visit::<ProvisioningStatus>();
    visitor.visit::<RoleDirectory>();
    visitor.visit::<TenantSettings>();
    visitor.visit::<TenantSummary>();
    visitor.visit::<WebhookDirectory>();
}
