//! Value types: parsed once at the door, a proof ever after.
//!
//! `parse` judges input. Deserialising does not: what is stored was judged by the rules of its day, and
//! a rule that grows stricter must not make old events unreadable.

mod email;
mod fold;
mod ids;
mod names;
mod schema;
mod template;

pub use email::{Email, EmailVersion};
pub use fold::fold_for_search;
pub use ids::{Epoch, TokenHash, UserId};
pub use names::{DisplayName, RoleName, TenantId, UserName};
pub use template::{MailFacts, MailKind, MailTemplate, Rendered};

/// Why a value was refused: a stable code for clients, and a sentence for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct InvalidValue {
    pub code: &'static str,
    pub message: String,
}

impl InvalidValue {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}
