//! What every HTTP function shares: who calls, what they sent, what they are told.

mod body;
mod caller;
mod idempotency;
mod if_none_match;
mod only;
pub(crate) mod page;
mod parameters;
mod patience;
mod pauses;
mod prefer;
pub mod problem;
mod routes;
mod scope;
mod service;
mod token_scope;
mod user_path;
mod version;

pub use body::{Body, ParseAll};
pub use caller::{Authenticated, CLAIM_ROLES, CLAIM_TENANT, NoClaims, ROLE_PREFIX};
pub use idempotency::{CommandId, IdempotencyKey};
pub use if_none_match::IfNoneMatch;
pub(crate) use only::admit;
pub use only::only;
pub use parameters::{DryRun, NoParameters, Parameters};
pub use patience::{Patience, Stopping};
pub use pauses::LONGEST_WAIT;
pub(crate) use pauses::Pauses;
pub use prefer::PreferWait;
pub use problem::{Kind, Problem};
pub use routes::{Route, Routes};
pub use scope::Scope;
pub use service::service;
pub use token_scope::{TOKEN_SCOPES, token_scope};
pub use user_path::{RolePath, UserPath};
pub(crate) use version::CONSISTENCY_TOKEN;
pub use version::{IfMatch, MustMatch, version_headers};
