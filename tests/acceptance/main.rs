//! The outside view: what callers, administrators and operators can rely on, shown on the whole backend.

mod authorization;
mod bad_input;
mod bounces;
mod callers;
mod commands;
mod cost;
mod deactivation;
mod dead_letters;
mod dry_run;
mod email_change;
mod interleavings;
mod journey;
mod lists;
mod owners;
mod process;
mod profile;
mod projector;
mod races;
mod removal;
mod replays;
mod roles;
mod settings;
mod tokens;
mod watchdog;
mod worker;
