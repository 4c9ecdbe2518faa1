use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::{DeactivationReason, OutcomeKind, Personal, Step};
use crate::{Epoch, RoleName, TokenHash};

/// What can be asked of a user.
#[derive(Clone, Debug)]
pub enum UserCommand {
    Create(CreateUser),
    Deactivate {
        reason: DeactivationReason,
    },
    Reactivate,
    ResendConfirmation,
    /// A worker is about to send the confirmation: from here on its token is known.
    IssueConfirmation {
        step: Step,
        epoch: Epoch,
        token_hash: TokenHash,
        expires_at: DateTime<Utc>,
    },
    /// A worker performed a step (or tried to).
    RecordStepResult {
        step: Step,
        epoch: Epoch,
        outcome: StepOutcome,
    },
    /// Someone followed a confirmation link.
    ConfirmEmail {
        token_hash: TokenHash,
    },
    /// The watchdog found a confirmation past its time.
    ExpireConfirmation {
        confirmation: u32,
    },
}

#[derive(Clone, Debug)]
pub struct CreateUser {
    pub personal: Personal,
    /// Known to exist when the command was accepted; linking checks again.
    pub roles: BTreeSet<RoleName>,
}

/// How a step went. Errors are codes, never free text: they are stored for ever, and free text is where
/// personal data hides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepOutcome {
    Succeeded {
        /// What the mail provider calls the message, for the mail step.
        message_id: Option<String>,
    },
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
            Self::Permanent { .. } => OutcomeKind::Permanent,
        }
    }
}
