//! What runs in production: one module per function, one small binary per Lambda in `src/bin`.
//!
//! Data flows one way: [`command_api`] → event store → stream → [`projector`] → views → [`query_api`],
//! with side branches: stream → [`dispatcher`] → queue → [`worker`] → a new command, and [`dispatcher`] → [`feed`] →
//! [`query_api`], and [`dispatcher`] → queue → [`webhooks`]. The [`watchdog`] sends out again what went silent.

// The futures of the SDK, the store and the handlers nest deeper than the compiler's default.
#![recursion_limit = "256"]

pub mod callers;
pub mod cloud_event;
pub mod command_api;
pub mod commands;
pub mod confirmation_token;
mod console;
pub mod dispatcher;
pub mod feed;
mod fold;
mod history;
pub mod http;
pub mod imports;
pub mod limits;
mod messages;
pub mod openapi;
pub mod operator_api;
pub mod projector;
pub mod query_api;
pub mod queued;
mod read_models;
pub mod replays;
pub mod setup;
pub mod spans;
pub mod step_message;
pub mod stream;
pub mod trace_context;
pub mod watchdog;
pub mod webhooks;
pub mod worker;
