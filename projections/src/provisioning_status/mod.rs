//! How far provisioning got: one row per user, each step with its tries, times and last error.

mod project;
mod queries;
#[cfg(test)]
mod tests;
mod view;

pub use project::STUCK_AFTER;
pub use queries::{ProvisioningItem, StepItem};
pub use view::{ProvisioningView, StepState, StepView};

/// The read model.
pub struct ProvisioningStatus;
