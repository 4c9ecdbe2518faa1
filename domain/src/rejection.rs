use crate::{
    Action, RoleName,
    user::{MAX_ROLES, Process},
};

/// The domain refuses. Nothing was recorded; the same command may succeed once the reason is gone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    #[error("the caller may not {0}")]
    Forbidden(Action),
    /// Nobody changes their own roles or their own administrative state.
    #[error("nobody does this to themselves")]
    SelfChange,
    /// Nobody gives or takes what they could not give, nor says where the mail of its holder goes.
    #[error("the role {0} is beyond what the caller may give")]
    RoleNotYours(RoleName),
    /// Also one that was deleted.
    #[error("no such user")]
    UserUnknown,
    #[error("the user exists already")]
    UserExists,
    #[error("the user is not deleted")]
    UserNotDeleted,
    /// Deleted too long ago to be restored.
    #[error("the user was deleted more than 30 days ago")]
    UserGone,
    /// The day up to which the user was to be let in is over.
    #[error("the user has expired")]
    UserExpired,
    #[error("a user cannot expire in the past")]
    ExpiryInThePast,
    #[error("no such role")]
    RoleUnknown,
    #[error("the role {0} exists already")]
    RoleExists(RoleName),
    /// Also one that was deleted.
    #[error("no such webhook")]
    WebhookUnknown,
    #[error("the webhook exists already")]
    WebhookExists,
    #[error("a user has at most {MAX_ROLES} roles")]
    TooManyRoles,
    #[error("the user is inactive")]
    UserInactive,
    #[error("the e-mail address is confirmed already")]
    AlreadyConfirmed,
    /// The confirmation has not gone out yet, so there is nothing to send again.
    #[error("the confirmation has not been sent yet (provisioning is {0})")]
    NotSentYet(Process),
    /// Provisioning failed before the mail; sending the mail again would not help.
    #[error("provisioning failed before the confirmation could be sent")]
    ProvisioningFailed,
    #[error("nothing has failed (provisioning is {0})")]
    NothingToRetry(Process),
    /// Provisioning is over; a deactivation is what shuts the user off.
    #[error("provisioning is over")]
    NothingToCancel,
    /// Confirmations may be sent again only so often (60 s apart, 5 in 24 h).
    #[error("too many confirmations were requested; the next may be sent in {retry_after_seconds} s")]
    ResendLimit { retry_after_seconds: i64 },
    /// Forged and unknown tokens look the same on purpose.
    #[error("no such confirmation")]
    ConfirmationUnknown,
    #[error("the confirmation has been used")]
    ConfirmationUsed,
    #[error("the confirmation has been revoked")]
    ConfirmationRevoked,
    #[error("the confirmation has expired")]
    ConfirmationExpired,
    /// The step's turn has passed: done, stopped or superseded. A worker drops its message.
    #[error("the step is not pending")]
    StepNotPending,
}
