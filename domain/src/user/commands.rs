use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::{DeactivationReason, MailFlag, OutcomeKind, Personal, Step};
use crate::{Action, DisplayName, Email, Epoch, RoleName, TokenHash, UserName, role::Powers};

/// What can be asked of a user.
#[derive(Clone, Debug)]
pub enum UserCommand {
    Create(CreateUser),
    /// What is absent stays as it is.
    ChangeProfile {
        user_name: Option<UserName>,
        display_name: Option<DisplayName>,
    },
    ChangeEmail {
        email: Email,
    },
    ChangeRoles(ChangeRoles),
    /// The user is shut off at this time; never, if there is none.
    ScheduleExpiry {
        expires_at: Option<DateTime<Utc>>,
    },
    Deactivate {
        reason: DeactivationReason,
    },
    Reactivate,
    Delete,
    Restore,
    ResendConfirmation,
    RetryProvisioning,
    CancelProvisioning,

    /// A worker is about to send the confirmation: from here on its token is known.
    IssueConfirmation {
        step: Step,
        epoch: Epoch,
        token_hash: TokenHash,
        expires_at: DateTime<Utc>,
    },
    /// A worker is about to tell the old address that another one was asked for.
    IssueNotice {
        step: Step,
        epoch: Epoch,
    },
    /// A worker performed a step (or tried to).
    RecordStepResult {
        step: Step,
        epoch: Epoch,
        outcome: StepOutcome,
    },
    /// The mail provider says what became of a confirmation that it had taken.
    FlagEmail {
        confirmation: u32,
        flag: MailFlag,
    },

    /// Someone followed a confirmation link.
    ConfirmEmail {
        confirmation: u32,
        token_hash: TokenHash,
    },

    /// The watchdog found a confirmation past its time.
    ExpireConfirmation {
        confirmation: u32,
    },
    /// The watchdog found provisioning running for too long.
    TimeOutProvisioning,
    /// The watchdog found the user's last day over.
    ExpireUser,
    /// The watchdog found a role of the user's retired.
    DropRetiredRole {
        role: RoleName,
    },
}

#[derive(Clone, Debug)]
pub struct CreateUser {
    pub personal: Personal,
    /// Known to exist when the command was accepted; linking checks again.
    pub roles: BTreeMap<RoleName, Powers>,
}

#[derive(Clone, Debug, Default)]
pub struct ChangeRoles {
    /// Known to exist, as at a creation.
    pub add: BTreeMap<RoleName, Powers>,
    pub remove: BTreeSet<RoleName>,
}

/// How a step went. Errors are codes, never free text: they are stored for ever, and free text is where
/// personal data hides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepOutcome {
    Succeeded {
        /// What the mail provider calls the message, for a mail.
        message_id: Option<String>,
    },
    /// The role was retired before it could be linked. Provisioning goes on without it.
    RoleRetired,
    /// Worth trying again, until [`super::MAX_TRIES`].
    Retryable { error: String },
    /// No use trying again.
    Permanent { error: String },
}

impl StepOutcome {
    #[must_use]
    pub fn kind(&self) -> OutcomeKind {
        match self {
            Self::Succeeded { .. } => OutcomeKind::Succeeded,
            Self::Retryable { .. } => OutcomeKind::Retryable,
            Self::RoleRetired | Self::Permanent { .. } => OutcomeKind::Permanent,
        }
    }
}

impl UserCommand {
    /// What whoever gives it must be allowed to do.
    #[must_use]
    pub fn action(&self) -> Action {
        match self {
            Self::Create(_) => Action::CreateUser,
            Self::ChangeProfile { .. } => Action::ChangeProfile,
            Self::ChangeEmail { .. } => Action::ChangeEmail,
            Self::ChangeRoles(_) => Action::ChangeRoles,
            Self::ScheduleExpiry { .. } => Action::ScheduleExpiry,
            Self::Deactivate { .. } => Action::DeactivateUser,
            Self::Reactivate => Action::ReactivateUser,
            Self::Delete => Action::DeleteUser,
            Self::Restore => Action::RestoreUser,
            Self::ResendConfirmation => Action::ResendConfirmation,
            Self::RetryProvisioning => Action::RetryProvisioning,
            Self::CancelProvisioning => Action::CancelProvisioning,
            Self::IssueConfirmation { .. }
            | Self::IssueNotice { .. }
            | Self::RecordStepResult { .. }
            | Self::FlagEmail { .. } => Action::ReportStep,
            Self::ConfirmEmail { .. } => Action::ConfirmEmail,
            Self::ExpireConfirmation { .. } | Self::TimeOutProvisioning | Self::ExpireUser => {
                Action::KeepTime
            }
            Self::DropRetiredRole { .. } => Action::DropRetiredRole,
        }
    }

    /// Whether it changes somebody's roles or administrative state, which nobody does to themselves.
    pub(super) fn is_for_others_only(&self) -> bool {
        match self {
            Self::ChangeRoles(_)
            | Self::ScheduleExpiry { .. }
            | Self::Deactivate { .. }
            | Self::Reactivate
            | Self::Delete
            | Self::Restore
            | Self::CancelProvisioning => true,
            Self::Create(_)
            | Self::ChangeProfile { .. }
            | Self::ChangeEmail { .. }
            | Self::ResendConfirmation
            | Self::RetryProvisioning
            | Self::IssueConfirmation { .. }
            | Self::IssueNotice { .. }
            | Self::RecordStepResult { .. }
            | Self::FlagEmail { .. }
            | Self::ConfirmEmail { .. }
            | Self::ExpireConfirmation { .. }
            | Self::TimeOutProvisioning
            | Self::ExpireUser
            | Self::DropRetiredRole { .. } => false,
        }
    }
}
