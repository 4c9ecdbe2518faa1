use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::{Kind, Problem, problem::FieldError};

/// What became of a row, or would.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Verdict {
    pub(super) verdict: Word,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) fault: Option<Fault>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ImportVerdict)]
pub enum Word {
    Created,
    /// The import is a dry run.
    WouldBeCreated,
    /// The user name or the address is another user's.
    Exists,
    /// The row is in order, and yet there is no such user: by policy, or for want of a role.
    Refused,
    /// The row cannot be read, or one of its values is not accepted.
    Invalid,
}

/// The verdicts of a hundred rows are one item, whatever is wrong with them.
pub(super) const MOST_ERRORS: usize = 20;
const MOST_LETTERS: usize = 500;

/// Why there is no such user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Fault {
    /// Of a problem, as in the answers of `POST /v1/users`; or of what is wrong with a row as such.
    pub(super) code: String,
    pub(super) detail: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) errors: Vec<FaultyField>,
}

/// What is wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(super) struct FaultyField {
    /// JSON pointer; a column of CSV goes by the name of its field.
    pub(super) pointer: String,
    pub(super) code: String,
    pub(super) detail: String,
}

/// There is no such verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("verdict is one of created, would_be_created, exists, refused and invalid")]
pub struct UnknownVerdict;

impl Word {
    pub const ALL: [Self; 5] =
        [Self::Created, Self::WouldBeCreated, Self::Exists, Self::Refused, Self::Invalid];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::WouldBeCreated => "would_be_created",
            Self::Exists => "exists",
            Self::Refused => "refused",
            Self::Invalid => "invalid",
        }
    }
}

impl FromStr for Word {
    type Err = UnknownVerdict;

    fn from_str(text: &str) -> Result<Self, UnknownVerdict> {
        Self::ALL.into_iter().find(|word| word.as_str() == text).ok_or(UnknownVerdict)
    }
}

impl Verdict {
    pub(super) fn of(verdict: Word) -> Self {
        Self { verdict, fault: None }
    }

    pub(super) fn invalid(fault: Fault) -> Self {
        Self { verdict: Word::Invalid, fault: Some(fault) }
    }

    /// # Errors
    /// The problem itself, when it says nothing of the row: whoever tries again may hear another answer.
    pub(super) fn refused(problem: Problem) -> Result<Self, Problem> {
        if problem.kind.status.is_server_error() {
            return Err(problem);
        }
        let verdict = if problem.kind == Kind::EMAIL_TAKEN || problem.kind == Kind::USER_NAME_TAKEN {
            Word::Exists
        } else if problem.kind == Kind::INVALID_VALUE {
            Word::Invalid
        } else {
            Word::Refused
        };
        Ok(Self { verdict, fault: Some(problem.into()) })
    }
}

impl Fault {
    pub(super) fn new(code: &str, detail: impl Into<String>) -> Self {
        Self { code: code.into(), detail: detail.into(), errors: Vec::new() }
    }
}

impl From<Problem> for Fault {
    fn from(problem: Problem) -> Self {
        let errors = problem.errors.into_iter().take(MOST_ERRORS).map(FaultyField::from).collect();
        let detail = problem.detail.chars().take(MOST_LETTERS).collect();
        Self { code: problem.kind.code.into(), detail, errors }
    }
}

impl From<FieldError> for FaultyField {
    fn from(FieldError { pointer, code, detail }: FieldError) -> Self {
        Self { pointer, code, detail }
    }
}
