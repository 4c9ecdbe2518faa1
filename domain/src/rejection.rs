use crate::{Action, RoleName, user::Process};

/// The domain refuses. Nothing was recorded; the same command may succeed once the reason is gone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    #[error("the caller may not {0}")]
    Forbidden(Action),
    #[error("no such user")]
    UserUnknown,
    #[error("the user exists already")]
    UserExists,
    #[error("the role {0} exists already")]
    RoleExists(RoleName),
    #[error("a user has at most {} roles", crate::user::MAX_ROLES)]
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
