use chrono::{DateTime, Utc};
use domain::{
    EmailVersion,
    user::{Lifecycle, Step},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One user's provisioning.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProvisioningView {
    pub lifecycle: Lifecycle,
    pub attempt: u32,
    /// In the order in which they are performed: links by role name, then the mails.
    pub steps: Vec<StepView>,
    /// Whether the address was confirmed, and which one it is; a new one is mailed again.
    #[serde(default)]
    pub email_verified: bool,
    #[serde(default)]
    pub email_version: EmailVersion,
    /// Since when provisioning has been running, the last time that it was set going.
    pub running_since: Option<DateTime<Utc>>,
    /// Until when the confirmation that is out can be used.
    pub confirmation_expires_at: Option<DateTime<Utc>>,
    /// When the user is shut off.
    pub expires_at: Option<DateTime<Utc>>,
    pub updated_at: DateTime<Utc>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StepView {
    pub step: Step,
    pub state: StepState,
    /// Tries that ended, the successful one included.
    pub tries: u32,
    pub updated_at: DateTime<Utc>,
    /// Code of the last error; gone once the step succeeds.
    pub error: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// Its turn comes later.
    Waiting,
    /// A worker has it, or will.
    Pending,
    /// A try failed; it is tried again.
    Retrying,
    Succeeded,
    Failed,
    /// The role was retired before it could be linked.
    Skipped,
    /// A deactivation came first, or another step failed for good.
    Stopped,
}

impl StepState {
    /// Whether a worker may still be at it.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::Pending | Self::Retrying)
    }
}
