//! From the three kinds of no to the one that a caller is told.

use domain::Rejection;
use event_store::{ExecuteError, StoreError};
use infra_aws::views::ViewError;

use super::{Kind, Problem};

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
        let kind = kind_of(&rejection);
        let problem =
            Self::new(kind, format!("{}. {}", sentence(&rejection.to_string()), advice(kind, &rejection)));
        if let Rejection::ResendLimit { retry_after_seconds } = rejection {
            return problem.retry_after(retry_after_seconds.try_into().unwrap_or(1));
        }
        problem
    }
}

fn kind_of(rejection: &Rejection) -> &'static Kind {
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
        let plain = |kind: &'static Kind| Self::new(kind, kind.advice);
        match &error {
            StoreError::ClaimTaken { kind } if kind == "user_name" => plain(Kind::USER_NAME_TAKEN),
            StoreError::ClaimTaken { .. } => plain(Kind::EMAIL_TAKEN),
            // There is one roster only.
            StoreError::LastMember { .. } => plain(Kind::LAST_OWNER),
            StoreError::CommandReused { .. } => plain(Kind::IDEMPOTENCY_KEY_REUSED),
            StoreError::VersionMismatch { actual, .. } => Self::new(
                Kind::VERSION_MISMATCH,
                format!("It is at version {actual} now. {}", Kind::VERSION_MISMATCH.advice),
            ),
            StoreError::CommitTooLarge { bytes, limit } => {
                let detail =
                    format!("The command records {bytes} bytes, the limit is {limit}. Nothing was recorded.");
                Self::new(Kind::COMMIT_TOO_LARGE, detail)
            }
            StoreError::Contention { .. } | StoreError::TransactionConflict { .. } => plain(Kind::CONTENTION),
            StoreError::Throttled { .. } | StoreError::TimedOut { .. } | StoreError::Unavailable { .. } => {
                Self::hiding(Kind::UNAVAILABLE, &error)
            }
            StoreError::TooManyClaims { .. }
            | StoreError::Corrupt { .. }
            | StoreError::InvalidStreamId(_)
            | StoreError::InvalidRoster { .. }
            | StoreError::InvalidEvent { .. }
            | StoreError::NoCommandId
            | StoreError::Refused { .. } => Self::hiding(Kind::INTERNAL, &error),
        }
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
