//! From the three kinds of no to the one that a caller is told.

use domain::Rejection;
use event_store::{ExecuteError, StoreError};
use infra_aws::views::ViewError;

use super::{Kind, Problem};
use crate::commands::WEBHOOK_SLOT;

impl From<ExecuteError<Rejection>> for Problem {
    fn from(error: ExecuteError<Rejection>) -> Self {
        match error {
            ExecuteError::Rejected(rejection) => rejection.into(),
            ExecuteError::Store(error) => error.into(),
        }
    }
}

impl From<Rejection> for Problem {
    fn from(rejection: Rejection) -> Self {
        let kind = of_rejection(&rejection);
        let problem =
            Self::new(kind, format!("{}. {}", sentence(&rejection.to_string()), advice(kind, &rejection)));
        if let Rejection::ResendLimit { retry_after_seconds } = rejection {
            return problem.retry_after(retry_after_seconds.try_into().unwrap_or(1));
        }
        problem
    }
}

/// The kind of problem that a refusal is.
pub(crate) fn of_rejection(rejection: &Rejection) -> &'static Kind {
    match rejection {
        Rejection::Forbidden(_) => Kind::FORBIDDEN,
        Rejection::SelfChange => Kind::SELF_CHANGE,
        Rejection::RoleNotYours(_) => Kind::ROLE_NOT_YOURS,
        Rejection::UserUnknown => Kind::USER_UNKNOWN,
        Rejection::UserNotDeleted => Kind::USER_NOT_DELETED,
        Rejection::UserGone => Kind::USER_GONE,
        Rejection::UserExpired => Kind::USER_EXPIRED,
        Rejection::RoleUnknown => Kind::NO_SUCH_ROLE,
        Rejection::NothingToRetry(_) => Kind::NOTHING_TO_RETRY,
        Rejection::NothingToCancel => Kind::NOTHING_TO_CANCEL,
        Rejection::UserExists => Kind::USER_EXISTS,
        Rejection::RoleExists(_) => Kind::ROLE_EXISTS,
        Rejection::TooManyRoles | Rejection::ExpiryInThePast => Kind::INVALID_VALUE,
        Rejection::WebhookUnknown => Kind::NO_SUCH_WEBHOOK,
        // Its id follows from the command's, which is known then.
        Rejection::WebhookExists => Kind::IDEMPOTENCY_KEY_REUSED,
        Rejection::UserInactive => Kind::USER_INACTIVE,
        Rejection::AlreadyConfirmed => Kind::ALREADY_CONFIRMED,
        Rejection::NotSentYet(_) => Kind::NOT_SENT_YET,
        Rejection::ProvisioningFailed => Kind::PROVISIONING_FAILED,
        Rejection::ResendLimit { .. } => Kind::RESEND_LIMIT,
        Rejection::ConfirmationUnknown => Kind::CONFIRMATION_UNKNOWN,
        Rejection::ConfirmationUsed => Kind::CONFIRMATION_USED,
        Rejection::ConfirmationRevoked => Kind::CONFIRMATION_REVOKED,
        Rejection::ConfirmationExpired => Kind::CONFIRMATION_EXPIRED,
        // Only a worker's commands meet this one.
        Rejection::StepNotPending => Kind::INTERNAL,
    }
}

fn advice(kind: &'static Kind, rejection: &Rejection) -> String {
    let Rejection::Forbidden(action) = rejection else { return kind.advice.into() };
    let roles: Vec<&str> = action.allowed_roles().iter().map(|role| role.as_str()).collect();
    format!("That takes one of the roles {}.", roles.join(", "))
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let kind = of_store_error(&error);
        if let StoreError::VersionMismatch { actual, .. } = error {
            return Self::new(kind, format!("It is at version {actual} now. {}", kind.advice));
        }
        if let StoreError::CommitTooLarge { bytes, limit } = error {
            let detail =
                format!("The command records {bytes} bytes, the limit is {limit}. Nothing was recorded.");
            return Self::new(kind, detail);
        }
        if kind == Kind::UNAVAILABLE || kind == Kind::INTERNAL {
            return Self::hiding(kind, &error);
        }
        Self::new(kind, kind.advice)
    }
}

/// The kind of problem that an error of the store is.
pub(crate) fn of_store_error(error: &StoreError) -> &'static Kind {
    match error {
        StoreError::ClaimTaken { kind } if kind == "user_name" => Kind::USER_NAME_TAKEN,
        StoreError::ClaimTaken { kind } if kind == WEBHOOK_SLOT => Kind::WEBHOOK_LIMIT,
        StoreError::ClaimTaken { .. } => Kind::EMAIL_TAKEN,
        // There is one roster only.
        StoreError::LastMember { .. } => Kind::LAST_OWNER,
        StoreError::CommandReused { .. } => Kind::IDEMPOTENCY_KEY_REUSED,
        StoreError::VersionMismatch { .. } => Kind::VERSION_MISMATCH,
        StoreError::CommitTooLarge { .. } => Kind::COMMIT_TOO_LARGE,
        StoreError::Contention { .. } | StoreError::TransactionConflict { .. } => Kind::CONTENTION,
        StoreError::Throttled { .. } | StoreError::TimedOut { .. } | StoreError::Unavailable { .. } => {
            Kind::UNAVAILABLE
        }
        StoreError::TooManyClaims { .. }
        | StoreError::Corrupt { .. }
        | StoreError::InvalidStreamId(_)
        | StoreError::InvalidRoster { .. }
        | StoreError::InvalidEvent { .. }
        | StoreError::NoCommandId
        | StoreError::Refused { .. } => Kind::INTERNAL,
    }
}

impl From<ViewError> for Problem {
    fn from(error: ViewError) -> Self {
        match error {
            ViewError::Changed | ViewError::Unavailable(_) => Self::hiding(Kind::UNAVAILABLE, &error),
            ViewError::Unreadable { .. } => Self::hiding(Kind::INTERNAL, &error),
        }
    }
}
