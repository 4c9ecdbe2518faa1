use axum::{extract::State, http::StatusCode, response::Response};
use domain::user::UserCommand;
use serde::Deserialize;

use super::user_command::{Asked, answer, carry_out, order};
use crate::{
    commands::{Commands, Order},
    http::{Authenticated, Body, CommandId, IfMatch, Problem, UserPath},
};

/// `POST /v1/users/{id}/resend-confirmation`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {}

/// Sends a new confirmation; the link in the old one is dead from now on.
pub(super) async fn handle(
    State(commands): State<Commands>,
    caller: Authenticated,
    UserPath(id): UserPath,
    CommandId(key): CommandId,
    IfMatch(expected_commit): IfMatch,
    Body(Request {}): Body<Request>,
) -> Result<Response, Problem> {
    let asked = Asked { route: "resend_confirmation", key, body: b"{}" };
    let order = Order { expected_commit, ..order(caller.0.tenant.clone(), caller.actor(), asked) };
    let executed =
        carry_out(&commands, "resend_confirmation", id, order, UserCommand::ResendConfirmation).await?;
    answer(StatusCode::ACCEPTED, id, &executed)
}
