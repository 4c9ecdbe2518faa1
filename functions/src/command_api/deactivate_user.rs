use axum::{extract::State, http::StatusCode, response::Response};
use domain::user::{DeactivationReason, UserCommand};
use serde::{Deserialize, Serialize};

use super::user_command::{Asked, answer, carry_out, order};
use crate::{
    commands::{Commands, Order},
    http::{Authenticated, Body, CommandId, IfMatch, Problem, UserPath},
};

/// `POST /v1/users/{id}/deactivate`
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    #[serde(default)]
    reason: DeactivationReason,
}

/// Shuts a user off, at once and whatever is going on. `If-Match` is honoured but never needed, so that
/// staleness cannot block a shut-off.
pub(super) async fn handle(
    State(commands): State<Commands>,
    caller: Authenticated,
    UserPath(id): UserPath,
    CommandId(key): CommandId,
    IfMatch(expected_commit): IfMatch,
    Body(request): Body<Request>,
) -> Result<Response, Problem> {
    let said = serde_json::to_vec(&request).unwrap_or_default();
    let asked = Asked { route: "deactivate_user", key, body: &said };
    let order = Order { expected_commit, ..order(caller.0.tenant.clone(), caller.actor(), asked) };
    let command = UserCommand::Deactivate { reason: request.reason };
    let executed = carry_out(&commands, "deactivate_user", id, order, command).await?;
    answer(StatusCode::OK, id, &executed)
}
