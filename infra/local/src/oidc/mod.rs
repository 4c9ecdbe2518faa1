//! Verifies the access tokens of an OpenID Connect provider, for whoever runs Rollcall without API Gateway's JWT
//! authorizer. It finds the provider's keys by discovery, keeps them, and follows them as they are changed. It
//! knows nothing of the other parts of the local host.
//!
//! Tokens are judged as API Gateway's authorizer judges them: the key is the one that `kid` names; `iss` is the
//! issuer, to the letter; `aud` has one of the audiences, or `client_id` is one where there is no `aud`; `exp` is
//! to come, and `nbf` and `iat` are over. Two things differ: clocks may differ by [`LEEWAY`], and besides RSA
//! there are ECDSA and Ed25519.

mod authorizer;
mod claims;
mod discovery;
mod fetch;
mod http;
mod key;
mod keys;
mod refusal;
mod token;

pub use authorizer::{Authorizer, BadProvider, Provider};
pub use claims::{Claims, LEEWAY};
pub use discovery::CONFIGURATION_PATH;
pub use fetch::{Fetch, FetchError, Fetched};
pub use http::Http;
pub use keys::{ASK_AGAIN_AFTER, GRACE, LONGEST_FRESH, SHORTEST_FRESH};
pub use refusal::{Refusal, Unverified};
pub use token::LONGEST_TOKEN;
