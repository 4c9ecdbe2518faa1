//! What the dispatcher tells the workers: one message, one provisioning step.

use domain::{Epoch, TenantId, UserId, user::Step};
use serde::{Deserialize, Serialize};

/// A step to perform. Says where to look, not what to do: the worker asks the user's stream whether the
/// step is still wanted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StepMessage {
    pub tenant: TenantId,
    pub user: UserId,
    pub step: Step,
    pub epoch: Epoch,
    pub correlation_id: String,
    /// The commit that asked for the step: `{stream}@{number}`.
    pub causation_id: String,
    pub traceparent: Option<String>,
}

impl StepMessage {
    /// The message's body on the queue.
    #[must_use]
    pub fn to_body(&self) -> String {
        serde_json::to_string(self).expect("a message of texts and numbers is JSON")
    }

    /// Names the step among all steps of all users: a part of the ids of the commands that report it.
    #[must_use]
    pub fn step_id(&self) -> String {
        format!("{}/{}/{}", self.user, self.epoch.get(), self.step)
    }
}
