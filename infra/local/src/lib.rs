//! The local stack: AWS's endpoints embedded in one process, and a host that plays API Gateway, the
//! event source mappings and the schedule. Never a part of production.

pub mod backend;
pub mod clock;
pub mod costs;
pub mod engine;
pub mod faults;
pub mod host;
pub mod issuer;
pub mod mails;
pub mod oidc;
pub mod secrets;
pub mod sqs;
pub mod stack;
pub mod template;
