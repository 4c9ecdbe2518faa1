use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Step, UserEvent};

/// Where a user stands, on two axes that never mix: what the administrators want, and how far
/// provisioning got. Folded by the aggregate and by the read models alike.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lifecycle {
    pub admin_state: AdminState,
    pub process: Process,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AdminState {
    #[default]
    Enabled,
    Disabled,
    /// Gone for everybody but who restores it within thirty days.
    Deleted,
}

/// The provisioning process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Process {
    /// Recorded; no step has finished yet.
    #[default]
    Accepted,
    /// Some role is linked, some role is not.
    Linking,
    /// All roles are linked; the confirmation is on its way to the mail provider.
    Mailing,
    /// The provider took the confirmation.
    Provisioned,
    /// The e-mail address was confirmed.
    Confirmed,
    /// A step failed for good.
    Failed,
    /// A deactivation, a cancellation or a deletion stopped it.
    Stopped,
    /// The link is dead, and nobody had followed it: its time was over, or too many wrong ones were tried.
    Expired,
}

/// What clients are shown, derived from both axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Provisioning,
    PendingConfirmation,
    Active,
    Inactive,
    ProvisioningFailed,
    Expired,
    Deleted,
}

impl Lifecycle {
    #[must_use]
    pub fn status(self) -> Status {
        match (self.admin_state, self.process) {
            (AdminState::Deleted, _) => Status::Deleted,
            (AdminState::Disabled, _) => Status::Inactive,
            (AdminState::Enabled, Process::Accepted | Process::Linking | Process::Mailing) => {
                Status::Provisioning
            }
            (AdminState::Enabled, Process::Provisioned) => Status::PendingConfirmation,
            (AdminState::Enabled, Process::Confirmed) => Status::Active,
            (AdminState::Enabled, Process::Failed) => Status::ProvisioningFailed,
            (AdminState::Enabled, Process::Expired) => Status::Expired,
            // Only a deactivation stops the process, so an enabled user has left this state.
            (AdminState::Enabled, Process::Stopped) => Status::Inactive,
        }
    }

    /// Remembers what the event means for the two axes.
    pub fn apply(&mut self, event: &UserEvent) {
        match event {
            UserEvent::Created { .. } => *self = Self::default(),
            UserEvent::ProvisioningStarted { steps, .. } => self.process = first_process(steps),
            UserEvent::StepRequested { step, .. } => self.requested(step),
            UserEvent::RoleLinked { .. } => self.turns(Process::Accepted, Process::Linking),
            UserEvent::EmailChanged { .. } => self.turns(Process::Provisioned, Process::Mailing),
            UserEvent::Provisioned {} => self.process = Process::Provisioned,
            UserEvent::EmailConfirmed { .. } | UserEvent::Activated {} => self.process = Process::Confirmed,
            UserEvent::ProvisioningFailed { .. } => self.process = Process::Failed,
            UserEvent::ProvisioningStopped { .. } => self.process = Process::Stopped,
            UserEvent::ConfirmationExpired { .. } => self.turns(Process::Provisioned, Process::Expired),
            UserEvent::ConfirmationBurned { .. } => {
                self.turns(Process::Mailing, Process::Expired);
                self.turns(Process::Provisioned, Process::Expired);
            }
            UserEvent::Deactivated { .. } | UserEvent::Restored { .. } => {
                self.admin_state = AdminState::Disabled;
            }
            UserEvent::Reactivated { .. } => self.admin_state = AdminState::Enabled,
            UserEvent::Deleted { .. } => self.admin_state = AdminState::Deleted,
            UserEvent::ProfileChanged { .. }
            | UserEvent::EmailChangeRequested { .. }
            | UserEvent::EmailChangeDropped { .. }
            | UserEvent::EmailFlagged { .. }
            | UserEvent::RolesChanged { .. }
            | UserEvent::RoleUnlinked { .. }
            | UserEvent::LinkSkipped { .. }
            | UserEvent::ExpiryScheduled { .. }
            | UserEvent::StepSucceeded { .. }
            | UserEvent::StepFailed { .. }
            | UserEvent::StepResultIgnored { .. }
            | UserEvent::ProvisioningCompensated { .. }
            | UserEvent::ConfirmationIssued { .. }
            | UserEvent::ConfirmationSent { .. }
            | UserEvent::ResendRequested { .. }
            | UserEvent::ConfirmationRevoked { .. }
            | UserEvent::ConfirmationAttemptFailed { .. }
            | UserEvent::NoticeIssued { .. } => {}
        }
    }

    fn requested(&mut self, step: &Step) {
        match (step, self.process) {
            // Sending again leaves a provisioned user provisioned, and a confirmed one confirmed.
            (Step::SendConfirmation(_), Process::Provisioned | Process::Confirmed) => {}
            (Step::SendConfirmation(_), _) => self.process = Process::Mailing,
            (Step::LinkRole(_) | Step::NotifyEmailChange(_), _) => {}
        }
    }

    fn turns(&mut self, from: Process, to: Process) {
        if self.process == from {
            self.process = to;
        }
    }
}

fn first_process(steps: &[Step]) -> Process {
    let links = steps.iter().any(|step| matches!(step, Step::LinkRole(_)));
    if links { Process::Accepted } else { Process::Mailing }
}

impl Process {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Linking => "linking",
            Self::Mailing => "mailing",
            Self::Provisioned => "provisioned",
            Self::Confirmed => "confirmed",
            Self::Failed => "failed",
            Self::Stopped => "stopped",
            Self::Expired => "expired",
        }
    }

    /// Whether the system still has steps to perform before the user is provisioned.
    #[must_use]
    pub fn is_running(self) -> bool {
        matches!(self, Self::Accepted | Self::Linking | Self::Mailing)
    }
}

impl Status {
    pub const ALL: [Self; 7] = [
        Self::Provisioning,
        Self::PendingConfirmation,
        Self::Active,
        Self::Inactive,
        Self::ProvisioningFailed,
        Self::Expired,
        Self::Deleted,
    ];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Provisioning => "provisioning",
            Self::PendingConfirmation => "pending_confirmation",
            Self::Active => "active",
            Self::Inactive => "inactive",
            Self::ProvisioningFailed => "provisioning_failed",
            Self::Expired => "expired",
            Self::Deleted => "deleted",
        }
    }
}

/// A status that clients cannot ask for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not a status; use one of {all}", all = Status::ALL.map(Status::as_str).join(", "))]
pub struct UnknownStatus(String);

impl FromStr for Status {
    type Err = UnknownStatus;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|status| status.as_str() == text).ok_or_else(|| UnknownStatus(text.into()))
    }
}

impl fmt::Display for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
