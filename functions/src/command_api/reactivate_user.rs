use axum::{extract::State, http::StatusCode, response::Response};
use domain::user::UserCommand;
use serde::Deserialize;

use super::user_command::{Asked, answer, carry_out, order};
use crate::{
    commands::{Commands, Order},
    http::{Authenticated, Body, CommandId, IfMatch, Problem, UserPath},
};

/// `POST /v1/users/{id}/reactivate`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {}

/// Lets a user back in. Provisioning goes on with the steps that are missing.
pub(super) async fn handle(
    State(commands): State<Commands>,
    caller: Authenticated,
    UserPath(id): UserPath,
    CommandId(key): CommandId,
    IfMatch(expected_commit): IfMatch,
    Body(Request {}): Body<Request>,
) -> Result<Response, Problem> {
    let asked = Asked { route: "reactivate_user", key, body: b"{}" };
    let order = Order { expected_commit, ..order(caller.0.tenant.clone(), caller.actor(), asked) };
    let executed = carry_out(&commands, "reactivate_user", id, order, UserCommand::Reactivate).await?;
    answer(StatusCode::OK, id, &executed)
}
