//! What every HTTP function shares: who calls, what they sent, what they are told.

mod body;
mod caller;
mod idempotency;
pub mod problem;
mod scope;
mod service;
mod version;

pub use body::{Body, ParseAll};
pub use caller::{Authenticated, CLAIM_ROLES, CLAIM_TENANT, TokenRefused};
pub use idempotency::{CommandId, IdempotencyKey};
pub use problem::{Kind, Problem};
pub use scope::Scope;
pub use service::service;
pub(crate) use version::CONSISTENCY_TOKEN;
pub use version::{IfMatch, version_headers};
