//! What clients are told of each operation.

mod lifecycle;
mod people;
mod tenant;

use axum::http::Method;
use serde_json::{Value, json};

use super::user_command::UserState;
use crate::{
    http::{Kind, Nothing},
    openapi::{Answer, Header, Operation, Tag, parameter},
};

/// All of them.
pub(crate) fn operations() -> Vec<Operation> {
    [people::operations(), lifecycle::operations(), tenant::operations()].concat()
}

pub(crate) const VERSIONED: &[Header] = &[Header::ETag, Header::ConsistencyToken];
/// What every command may meet.
pub(crate) const OF_COMMANDS: &[&Kind] = &[
    Kind::INVALID_PARAMETER,
    Kind::INVALID_HEADER,
    Kind::IDEMPOTENCY_KEY_REUSED,
    Kind::VERSION_MISMATCH,
    Kind::CONTENTION,
    Kind::COMMIT_TOO_LARGE,
    Kind::UNAVAILABLE,
];

const ID: &str = "0191f3a6-4f57-5c3e-8b1d-2f6a9e4c7d10";

fn user(version: u64, status: &str) -> Value {
    json!({ "id": ID, "version": version, "status": status })
}

/// A command to one user.
fn on_user(method: Method, path: &'static str, id: &'static str, tag: Tag) -> Operation {
    command(method, path, id, tag).refuses(&[Kind::USER_UNKNOWN])
}

/// A command that says all with its name.
fn plain(path: &'static str, id: &'static str) -> Operation {
    on_user(Method::POST, path, id, Tag::Lifecycle).body_if_any::<Nothing>(json!({}))
}

/// A command that replaces what somebody else may have written meanwhile.
fn replacement(method: Method, path: &'static str, id: &'static str, tag: Tag) -> Operation {
    let parameters = [parameter::idempotency_key(), parameter::must_match(), parameter::dry_run()];
    Operation::new(method, path, id, tag)
        .takes(parameters)
        .refuses(OF_COMMANDS)
        .refuses(&[Kind::PRECONDITION_REQUIRED])
}

fn command(method: Method, path: &'static str, id: &'static str, tag: Tag) -> Operation {
    let parameters = [parameter::idempotency_key(), parameter::if_match(), parameter::dry_run()];
    Operation::new(method, path, id, tag).takes(parameters).refuses(OF_COMMANDS)
}

/// The state of the user after the command, or what it would record.
fn state(status: u16, text: &'static str, example: Value) -> Answer {
    let answer = Answer::new(status, text).of::<UserState>(example).with(VERSIONED);
    if status == 200 { answer.or_dry_run() } else { answer }
}

fn dry_run() -> Answer {
    state(200, "What it would record. Nothing was recorded.", dry_run_of(user(3, "provisioning")))
}

fn dry_run_of(mut state: Value) -> Value {
    let event = json!({ "type": "user.deactivated", "version": "1.0", "data": { "reason": "requested", "epoch": 2 } });
    state["dryRun"] = true.into();
    state["events"] = json!([event]);
    state
}
