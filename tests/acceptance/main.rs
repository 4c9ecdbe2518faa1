//! The outside view: what callers, administrators and operators can rely on, shown on the whole backend.

mod authorization;
mod bad_input;
mod commands;
mod cost;
mod deactivation;
mod journey;
mod lists;
mod projector;
mod watchdog;
mod worker;
