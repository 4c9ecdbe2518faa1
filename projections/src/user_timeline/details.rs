use chrono::{DateTime, Utc};
use domain::{
    DisplayName, Email, EmailVersion, Epoch, RoleName, UserName,
    role::PlannedRole,
    user::{DeactivationReason, MailFlag, OutcomeKind, Process, Step, UnlinkReason, UserEvent},
};
use serde::Serialize;
use utoipa::ToSchema;

/// What an event tells, but for what nobody is to see: hashes of tokens. Which of these it is follows from the
/// entry's type.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Details {
    #[serde(rename_all = "camelCase")]
    Person {
        user_name: UserName,
        display_name: DisplayName,
        email: Email,
        roles: Vec<PlannedRole>,
    },
    #[serde(rename_all = "camelCase")]
    Names {
        user_name: UserName,
        display_name: DisplayName,
    },
    #[serde(rename_all = "camelCase")]
    Address {
        email: Email,
        #[schema(value_type = u32)]
        email_version: EmailVersion,
    },
    #[serde(rename_all = "camelCase")]
    AddressVersion {
        #[schema(value_type = u32)]
        email_version: EmailVersion,
    },
    #[serde(rename_all = "camelCase")]
    Flag {
        confirmation: u32,
        #[schema(value_type = u32)]
        email_version: EmailVersion,
        flag: MailFlag,
    },
    #[serde(rename_all = "camelCase")]
    Confirmed {
        confirmation: u32,
        #[schema(value_type = u32)]
        email_version: EmailVersion,
    },
    Roles {
        added: Vec<PlannedRole>,
        removed: Vec<RoleName>,
    },
    Role {
        role: RoleName,
    },
    RoleTaken {
        role: RoleName,
        reason: UnlinkReason,
    },
    #[serde(rename_all = "camelCase")]
    Expiry {
        expires_at: Option<DateTime<Utc>>,
    },
    ShutOff {
        reason: DeactivationReason,
        epoch: Epoch,
    },
    Turn {
        epoch: Epoch,
    },
    Attempt {
        attempt: u32,
        epoch: Epoch,
        steps: Vec<Step>,
    },
    Undone {
        attempt: u32,
    },
    Requested {
        step: Step,
        epoch: Epoch,
    },
    Done {
        step: Step,
    },
    Tried {
        step: Step,
        error: String,
        last: bool,
    },
    Ignored {
        step: Step,
        epoch: Epoch,
        outcome: OutcomeKind,
    },
    Failed {
        step: Step,
        error: String,
    },
    Stopped {
        process: Process,
    },
    #[serde(rename_all = "camelCase")]
    Mail {
        mail: Mail,
        confirmation: u32,
        #[schema(value_type = u32)]
        email_version: EmailVersion,
        expires_at: DateTime<Utc>,
    },
    #[serde(rename_all = "camelCase")]
    Sent {
        mail: Mail,
        confirmation: u32,
        message_id: Option<String>,
    },
    Link {
        confirmation: u32,
    },
    #[serde(rename_all = "camelCase")]
    Notice {
        mail: Mail,
        #[schema(value_type = u32)]
        email_version: EmailVersion,
    },
    /// The type says it all.
    Nothing {},
}

/// Which of the mails it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mail {
    /// With a link, to the address that is to be confirmed.
    Confirmation,
    /// To the old address, of a new one.
    EmailChangeNotice,
}

impl Details {
    pub(super) fn of(event: &UserEvent) -> Self {
        match event.clone() {
            UserEvent::Created { personal, roles } => Self::Person {
                user_name: personal.user_name,
                display_name: personal.display_name,
                email: personal.email,
                roles,
            },
            UserEvent::ProfileChanged { personal } => {
                Self::Names { user_name: personal.user_name, display_name: personal.display_name }
            }
            UserEvent::EmailChanged { personal, email_version, .. }
            | UserEvent::EmailChangeRequested { personal, email_version, .. } => {
                Self::Address { email: personal.email, email_version }
            }
            UserEvent::EmailChangeDropped { email_version } => Self::AddressVersion { email_version },
            UserEvent::EmailFlagged { confirmation, email_version, flag } => {
                Self::Flag { confirmation, email_version, flag }
            }
            UserEvent::EmailConfirmed { confirmation, email_version } => {
                Self::Confirmed { confirmation, email_version }
            }
            UserEvent::RolesChanged { added, removed } => Self::Roles { added, removed },
            UserEvent::RoleLinked { role } | UserEvent::LinkSkipped { role } => Self::Role { role },
            UserEvent::RoleUnlinked { role, reason } => Self::RoleTaken { role, reason },
            UserEvent::ExpiryScheduled { expires_at } => Self::Expiry { expires_at },
            UserEvent::Deactivated { reason, epoch } => Self::ShutOff { reason, epoch },
            UserEvent::Reactivated { epoch }
            | UserEvent::Deleted { epoch, .. }
            | UserEvent::Restored { epoch } => Self::Turn { epoch },
            UserEvent::ProvisioningStarted { attempt, epoch, steps, .. } => {
                Self::Attempt { attempt, epoch, steps }
            }
            UserEvent::StepRequested { step, epoch } => Self::Requested { step, epoch },
            UserEvent::StepSucceeded { step } => Self::Done { step },
            UserEvent::StepFailed { step, error, last } => Self::Tried { step, error, last },
            UserEvent::StepResultIgnored { step, epoch, outcome } => Self::Ignored { step, epoch, outcome },
            UserEvent::ProvisioningFailed { step, error } => Self::Failed { step, error },
            UserEvent::ProvisioningStopped { at } => Self::Stopped { process: at },
            UserEvent::ProvisioningCompensated { attempt } => Self::Undone { attempt },
            UserEvent::ConfirmationIssued {
                confirmation,
                email_version,
                expires_at,
                // Whoever has the hash could tell a token that they guess from one that is none.
                token_hash: _,
                issued_at: _,
            } => Self::Mail { mail: Mail::Confirmation, confirmation, email_version, expires_at },
            UserEvent::ConfirmationSent { confirmation, message_id } => {
                Self::Sent { mail: Mail::Confirmation, confirmation, message_id }
            }
            UserEvent::ConfirmationRevoked { confirmation }
            | UserEvent::ConfirmationExpired { confirmation }
            | UserEvent::ConfirmationAttemptFailed { confirmation }
            | UserEvent::ConfirmationBurned { confirmation } => Self::Link { confirmation },
            UserEvent::NoticeIssued { email_version, .. } => {
                Self::Notice { mail: Mail::EmailChangeNotice, email_version }
            }
            UserEvent::Provisioned {} | UserEvent::Activated {} | UserEvent::ResendRequested { .. } => {
                Self::Nothing {}
            }
        }
    }
}
