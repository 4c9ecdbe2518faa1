use chrono::{DateTime, Utc};
use cqrs_es::DomainEvent;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Process, Step};
use crate::{DisplayName, Email, EmailVersion, Epoch, RoleName, TokenHash, UserName, role::PlannedRole};

/// What has happened to a user. The serde names are the stored type names; every stored version keeps a
/// fixture in `domain/fixtures` for ever.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum UserEvent {
    #[serde(rename = "user.created")]
    Created { personal: Personal, roles: Vec<PlannedRole> },
    #[serde(rename = "user.profile_changed")]
    ProfileChanged { personal: PersonalProfile },
    /// The address was replaced before anybody had confirmed it.
    #[serde(rename = "user.email_changed")]
    EmailChanged { personal: PersonalEmail, email_version: EmailVersion, at: DateTime<Utc> },
    /// A confirmed address is to be replaced by this one once that is confirmed, too.
    #[serde(rename = "user.email_change_requested")]
    EmailChangeRequested { personal: PersonalEmail, email_version: EmailVersion, at: DateTime<Utc> },
    /// The confirmed address stays after all.
    #[serde(rename = "user.email_change_dropped")]
    EmailChangeDropped { email_version: EmailVersion },
    #[serde(rename = "user.email_flagged")]
    EmailFlagged { confirmation: u32, email_version: EmailVersion, flag: MailFlag },
    #[serde(rename = "user.email_confirmed")]
    EmailConfirmed { confirmation: u32, email_version: EmailVersion },
    /// Which roles the user is to have was changed; links follow.
    #[serde(rename = "user.roles_changed")]
    RolesChanged { added: Vec<PlannedRole>, removed: Vec<RoleName> },
    #[serde(rename = "user.role_linked")]
    RoleLinked { role: RoleName },
    #[serde(rename = "user.role_unlinked")]
    RoleUnlinked { role: RoleName, reason: UnlinkReason },
    /// The role was retired before it could be linked.
    #[serde(rename = "user.link_skipped")]
    LinkSkipped { role: RoleName },
    /// All links exist and the mail provider took the confirmation, if one was needed.
    #[serde(rename = "user.provisioned")]
    Provisioned {},
    /// Active again without a click: the address had been confirmed before.
    #[serde(rename = "user.activated")]
    Activated {},
    #[serde(rename = "user.expiry_scheduled")]
    ExpiryScheduled { expires_at: Option<DateTime<Utc>> },
    #[serde(rename = "user.deactivated")]
    Deactivated { reason: DeactivationReason, epoch: Epoch },
    #[serde(rename = "user.reactivated")]
    Reactivated { epoch: Epoch },
    #[serde(rename = "user.deleted")]
    Deleted { epoch: Epoch, at: DateTime<Utc> },
    #[serde(rename = "user.restored")]
    Restored { epoch: Epoch },

    /// An attempt begins; `steps` can be done now, later ones are requested when their turn comes.
    #[serde(rename = "provisioning.started")]
    ProvisioningStarted {
        attempt: u32,
        epoch: Epoch,
        steps: Vec<Step>,
        /// Version 1 did not tell.
        at: Option<DateTime<Utc>>,
    },
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
    /// Stopped where it was, by a deactivation, a cancellation or a deletion.
    #[serde(rename = "provisioning.stopped")]
    ProvisioningStopped { at: Process },
    /// What this attempt had done was undone.
    #[serde(rename = "provisioning.compensated")]
    ProvisioningCompensated { attempt: u32 },

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
    /// Somebody tried a token that is not the one.
    #[serde(rename = "confirmation.attempt_failed")]
    ConfirmationAttemptFailed { confirmation: u32 },
    /// Too many of those: the token is dead, the user is not.
    #[serde(rename = "confirmation.burned")]
    ConfirmationBurned { confirmation: u32 },

    #[serde(rename = "notice.issued")]
    NoticeIssued { email_version: EmailVersion, at: DateTime<Utc> },
}

/// Everything about a person that an event may hold, in one place, so that it can be sealed with the
/// user's own key. Only events that introduce it carry it, or a part of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Personal {
    pub user_name: UserName,
    pub display_name: DisplayName,
    pub email: Email,
}

/// The names of a person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PersonalProfile {
    pub user_name: UserName,
    pub display_name: DisplayName,
}

/// The address of a person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PersonalEmail {
    pub email: Email,
}

/// Why a user was deactivated: a choice, never free text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeactivationReason {
    #[default]
    Requested,
    LeftOrganisation,
    Security,
    /// Provisioning was cancelled.
    Cancelled,
    /// The user's last day was over.
    Expired,
}

/// Why a role is no longer linked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UnlinkReason {
    /// The user is no longer to have it.
    Removed,
    /// Nobody is to have it any more.
    Retired,
    /// Undone with the attempt that linked it; a later attempt links it again.
    Compensated,
    /// The user was deleted; who is restored gets it again.
    Deleted,
}

/// What a mail provider says about an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MailFlag {
    /// No mail arrives there, and none will.
    Bounce,
    /// Whoever reads there does not want our mails.
    Complaint,
}

/// How a late result would have counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
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
            Self::ProfileChanged { .. } => "user.profile_changed",
            Self::EmailChanged { .. } => "user.email_changed",
            Self::EmailChangeRequested { .. } => "user.email_change_requested",
            Self::EmailChangeDropped { .. } => "user.email_change_dropped",
            Self::EmailFlagged { .. } => "user.email_flagged",
            Self::EmailConfirmed { .. } => "user.email_confirmed",
            Self::RolesChanged { .. } => "user.roles_changed",
            Self::RoleLinked { .. } => "user.role_linked",
            Self::RoleUnlinked { .. } => "user.role_unlinked",
            Self::LinkSkipped { .. } => "user.link_skipped",
            Self::Provisioned {} => "user.provisioned",
            Self::Activated {} => "user.activated",
            Self::ExpiryScheduled { .. } => "user.expiry_scheduled",
            Self::Deactivated { .. } => "user.deactivated",
            Self::Reactivated { .. } => "user.reactivated",
            Self::Deleted { .. } => "user.deleted",
            Self::Restored { .. } => "user.restored",
            Self::ProvisioningStarted { .. } => "provisioning.started",
            Self::StepRequested { .. } => "provisioning.step_requested",
            Self::StepSucceeded { .. } => "provisioning.step_succeeded",
            Self::StepFailed { .. } => "provisioning.step_failed",
            Self::StepResultIgnored { .. } => "provisioning.step_result_ignored",
            Self::ProvisioningFailed { .. } => "provisioning.failed",
            Self::ProvisioningStopped { .. } => "provisioning.stopped",
            Self::ProvisioningCompensated { .. } => "provisioning.compensated",
            Self::ConfirmationIssued { .. } => "confirmation.issued",
            Self::ConfirmationSent { .. } => "confirmation.sent",
            Self::ResendRequested { .. } => "confirmation.resend_requested",
            Self::ConfirmationRevoked { .. } => "confirmation.revoked",
            Self::ConfirmationExpired { .. } => "confirmation.expired",
            Self::ConfirmationAttemptFailed { .. } => "confirmation.attempt_failed",
            Self::ConfirmationBurned { .. } => "confirmation.burned",
            Self::NoticeIssued { .. } => "notice.issued",
        }
    }

    /// The steps that became pending with this event, and their epoch: what the dispatcher sends out.
    #[must_use]
    pub fn requested_steps(&self) -> Option<(Epoch, &[Step])> {
        match self {
            Self::ProvisioningStarted { steps, epoch, .. } => Some((*epoch, steps)),
            Self::StepRequested { step, epoch } => Some((*epoch, std::slice::from_ref(step))),
            Self::Created { .. }
            | Self::ProfileChanged { .. }
            | Self::EmailChanged { .. }
            | Self::EmailChangeRequested { .. }
            | Self::EmailChangeDropped { .. }
            | Self::EmailFlagged { .. }
            | Self::EmailConfirmed { .. }
            | Self::RolesChanged { .. }
            | Self::RoleLinked { .. }
            | Self::RoleUnlinked { .. }
            | Self::LinkSkipped { .. }
            | Self::Provisioned {}
            | Self::Activated {}
            | Self::ExpiryScheduled { .. }
            | Self::Deactivated { .. }
            | Self::Reactivated { .. }
            | Self::Deleted { .. }
            | Self::Restored { .. }
            | Self::StepSucceeded { .. }
            | Self::StepFailed { .. }
            | Self::StepResultIgnored { .. }
            | Self::ProvisioningFailed { .. }
            | Self::ProvisioningStopped { .. }
            | Self::ProvisioningCompensated { .. }
            | Self::ConfirmationIssued { .. }
            | Self::ConfirmationSent { .. }
            | Self::ResendRequested { .. }
            | Self::ConfirmationRevoked { .. }
            | Self::ConfirmationExpired { .. }
            | Self::ConfirmationAttemptFailed { .. }
            | Self::ConfirmationBurned { .. }
            | Self::NoticeIssued { .. } => None,
        }
    }

    /// Events whose stored shape is not their first.
    fn version(&self) -> &'static str {
        if matches!(self, Self::Created { .. } | Self::ProvisioningStarted { .. }) { "2" } else { "1" }
    }
}

impl DomainEvent for UserEvent {
    fn event_type(&self) -> String {
        self.name().into()
    }

    fn event_version(&self) -> String {
        self.version().into()
    }
}
