//! What the dispatcher tells the workers: one message, one provisioning step.

use chrono::{DateTime, Utc};
use cqrs_es::Aggregate as _;
use domain::{Epoch, TenantId, User, UserId, user::Step};
use infra_aws::queue::Outgoing;
use serde::{Deserialize, Serialize};

use crate::trace_context::{TraceContext, lenient};

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
    /// When that was; absent where nobody knows.
    #[serde(default)]
    pub requested_at: Option<DateTime<Utc>>,
    /// The step's own place in the trace.
    #[serde(default, deserialize_with = "lenient")]
    pub traceparent: Option<TraceContext>,
}

impl StepMessage {
    /// The message's body on the queue.
    #[must_use]
    pub fn to_body(&self) -> String {
        serde_json::to_string(self).expect("a message of texts and numbers is JSON")
    }

    /// The message as it is sent: its trace is an attribute, too, for whoever looks at the queue.
    #[must_use]
    pub fn to_outgoing(&self) -> Outgoing {
        Outgoing { body: self.to_body(), traceparent: self.traceparent.map(|trace| trace.to_string()) }
    }

    /// The partition key of the user's stream.
    #[must_use]
    pub fn stream(&self) -> String {
        format!("{}#{}#{}", self.tenant, User::TYPE, self.user)
    }

    /// What kind of step it is: one of few names.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self.step {
            Step::LinkRole(_) => "link_role",
            Step::SendConfirmation(_) => "send_confirmation",
            Step::NotifyEmailChange(_) => "notify_email_change",
        }
    }

    /// Names the step among all steps of all users: a part of the ids of the commands that report it.
    #[must_use]
    pub fn step_id(&self) -> String {
        format!("{}/{}/{}", self.user, self.epoch.get(), self.step)
    }
}
