//! What can be asked: one folder per read model. Each is a pure fold from events to a view, and the
//! questions that the view answers. Nothing here reads or writes; `infra/aws` keeps the rows and the
//! projector function feeds them.

pub mod provisioning_status;
pub mod role_directory;
mod row;
pub mod tenant_settings;
#[cfg(test)]
mod testing;
pub mod user_directory;

pub use provisioning_status::ProvisioningStatus;
pub use role_directory::RoleDirectory;
pub use row::{Applied, Facts, Generation, ReadModel, Row};
pub use tenant_settings::TenantSettings;
pub use user_directory::UserDirectory;
