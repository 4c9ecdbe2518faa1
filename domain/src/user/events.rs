use chrono::{DateTime, Utc};
use cqrs_es::DomainEvent;
use serde::{Deserialize, Serialize};

use super::{Process, Step};
use crate::{DisplayName, Email, EmailVersion, Epoch, RoleName, TokenHash, UserName};

/// What has happened to a user. The serde names are the stored type names; every stored version keeps a
/// fixture in `domain/fixtures` for ever.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum UserEvent {
    #[serde(rename = "user.created")]
    Created { personal: Personal, roles: Vec<RoleName> },
    #[serde(rename = "user.role_linked")]
    RoleLinked { role: RoleName },
    /// All links exist and the mail provider took the confirmation.
    #[serde(rename = "user.provisioned")]
    Provisioned {},
    #[serde(rename = "user.email_confirmed")]
    EmailConfirmed { confirmation: u32, email_version: EmailVersion },
    #[serde(rename = "user.deactivated")]
    Deactivated { reason: DeactivationReason, epoch: Epoch },
    #[serde(rename = "user.reactivated")]
    Reactivated { epoch: Epoch },

    /// An attempt begins; `steps` can be done now, later ones are requested when their turn comes.
    #[serde(rename = "provisioning.started")]
    ProvisioningStarted { attempt: u32, epoch: Epoch, steps: Vec<Step> },
    #[serde(rename = "provisioning.step_requested")]
    StepRequested { step: Step, epoch: Epoch },
    #[serde(rename = "provisioning.step_succeeded")]
    StepSucceeded { step: Step },
    /// A try failed; it is tried again unless `last`.
    #[serde(rename = "provisioning.step_failed")]
    StepFailed { step: Step, error: String, last: bool },
    /// A result that came too late. It changed nothing.
    #[serde(rename = "provisioning.step_result_ignored")]
    StepResultIgnored { step: Step, epoch: Epoch, outcome: OutcomeKind },
    #[serde(rename = "provisioning.failed")]
    ProvisioningFailed { step: Step, error: String },
    /// Stopped where it was, by a deactivation.
    #[serde(rename = "provisioning.stopped")]
    ProvisioningStopped { at: Process },

    #[serde(rename = "confirmation.issued")]
    ConfirmationIssued {
        confirmation: u32,
        email_version: EmailVersion,
        token_hash: TokenHash,
        issued_at: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    },
    #[serde(rename = "confirmation.sent")]
    ConfirmationSent { confirmation: u32, message_id: Option<String> },
    #[serde(rename = "confirmation.resend_requested")]
    ResendRequested { at: DateTime<Utc> },
    #[serde(rename = "confirmation.revoked")]
    ConfirmationRevoked { confirmation: u32 },
    #[serde(rename = "confirmation.expired")]
    ConfirmationExpired { confirmation: u32 },
}

/// Everything about a person that an event may hold, in one place, so that it can be sealed with the
/// user's own key. Only events that introduce it carry it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Personal {
    pub user_name: UserName,
    pub display_name: DisplayName,
    pub email: Email,
}

/// Why a user was deactivated: a choice, never free text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeactivationReason {
    #[default]
    Requested,
    LeftOrganisation,
    Security,
}

/// How a late result would have counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeKind {
    Succeeded,
    Retryable,
    Permanent,
}

impl OutcomeKind {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Retryable => "retryable",
            Self::Permanent => "permanent",
        }
    }
}

impl UserEvent {
    /// The stored type name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Created { .. } => "user.created",
            Self::RoleLinked { .. } => "user.role_linked",
            Self::Provisioned {} => "user.provisioned",
            Self::EmailConfirmed { .. } => "user.email_confirmed",
            Self::Deactivated { .. } => "user.deactivated",
            Self::Reactivated { .. } => "user.reactivated",
            Self::ProvisioningStarted { .. } => "provisioning.started",
            Self::StepRequested { .. } => "provisioning.step_requested",
            Self::StepSucceeded { .. } => "provisioning.step_succeeded",
            Self::StepFailed { .. } => "provisioning.step_failed",
            Self::StepResultIgnored { .. } => "provisioning.step_result_ignored",
            Self::ProvisioningFailed { .. } => "provisioning.failed",
            Self::ProvisioningStopped { .. } => "provisioning.stopped",
            Self::ConfirmationIssued { .. } => "confirmation.issued",
            Self::ConfirmationSent { .. } => "confirmation.sent",
            Self::ResendRequested { .. } => "confirmation.resend_requested",
            Self::ConfirmationRevoked { .. } => "confirmation.revoked",
            Self::ConfirmationExpired { .. } => "confirmation.expired",
        }
    }
}

impl UserEvent {
    /// The steps that became pending with this event, and their epoch: what the dispatcher sends out.
    #[must_use]
    pub fn requested_steps(&self) -> Option<(Epoch, &[Step])> {
        match self {
            Self::ProvisioningStarted { steps, epoch, .. } => Some((*epoch, steps)),
            Self::StepRequested { step, epoch } => Some((*epoch, std::slice::from_ref(step))),
            Self::Created { .. }
            | Self::RoleLinked { .. }
            | Self::Provisioned {}
            | Self::EmailConfirmed { .. }
            | Self::Deactivated { .. }
            | Self::Reactivated { .. }
            | Self::StepSucceeded { .. }
            | Self::StepFailed { .. }
            | Self::StepResultIgnored { .. }
            | Self::ProvisioningFailed { .. }
            | Self::ProvisioningStopped { .. }
            | Self::ConfirmationIssued { .. }
            | Self::ConfirmationSent { .. }
            | Self::ResendRequested { .. }
            | Self::ConfirmationRevoked { .. }
            | Self::ConfirmationExpired { .. } => None,
        }
    }
}

impl DomainEvent for UserEvent {
    fn event_type(&self) -> String {
        self.name().into()
    }

    fn event_version(&self) -> String {
        "1".into()
    }
}
