//! The rules of provisioning: what a command may do, what has happened, what is to be done next.
//!
//! Nothing here touches the world: no I/O, no clock, no randomness, no AWS. What a rule must know (the
//! time, the caller, the hash of a token) arrives as data in an [`Instruction`].

mod instruction;
pub mod policy;
mod rejection;
pub mod role;
pub mod tenant;
pub mod user;
mod values;
pub mod webhook;

pub use instruction::Instruction;
pub use policy::{Action, Actor, Caller, CallerRole};
pub use rejection::Rejection;
pub use role::Role;
pub use tenant::Tenant;
pub use user::User;
pub use values::{
    DisplayName, Email, EmailVersion, Epoch, InvalidValue, MailFacts, MailKind, MailTemplate, Rendered,
    RoleName, TenantId, TokenHash, UserId, UserName, fold_for_search,
};
pub use webhook::Webhook;

/// What a rule answers: the events to record (none: the command is already satisfied), or a refusal.
pub type Decision<E> = Result<Vec<E>, Rejection>;
