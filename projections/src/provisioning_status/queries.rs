use chrono::{DateTime, Utc};
use domain::user::{Process, Status, Step};
use serde::Serialize;
use utoipa::ToSchema;

use super::{ProvisioningView, StepState, StepView};
use crate::Row;

/// A user's provisioning as clients are shown it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProvisioningItem {
    pub user_id: String,
    pub status: Status,
    pub process: Process,
    /// Counts the runs of the process: 1, and one more with every retry, and every reactivation that had work
    /// to do.
    pub attempt: u32,
    pub steps: Vec<StepItem>,
    /// Number of the last commit in it; the consistency token of this answer.
    pub version: u64,
    pub updated_at: DateTime<Utc>,
}

#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StepItem {
    /// `link_role:{role}`, `send_confirmation` or `notify_email_change`.
    pub step: String,
    pub state: StepState,
    pub attempts: u32,
    pub updated_at: DateTime<Utc>,
    /// A code, such as `mail-unavailable`.
    pub error: Option<String>,
}

impl ProvisioningItem {
    #[must_use]
    pub fn of(user_id: &str, row: Row<ProvisioningView>) -> Self {
        Self {
            user_id: user_id.into(),
            status: row.view.lifecycle.status(),
            process: row.view.lifecycle.process,
            attempt: row.view.attempt,
            steps: row.view.steps.into_iter().map(StepItem::of).collect(),
            version: row.version,
            updated_at: row.view.updated_at,
        }
    }
}

impl StepItem {
    fn of(view: StepView) -> Self {
        let step = match view.step {
            Step::LinkRole(role) => format!("link_role:{role}"),
            Step::SendConfirmation(_) => "send_confirmation".into(),
            Step::NotifyEmailChange(_) => "notify_email_change".into(),
        };
        Self { step, state: view.state, attempts: view.tries, updated_at: view.updated_at, error: view.error }
    }
}
