use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use domain::{
    Action,
    user::{DeactivationReason, UserCommand},
};
use serde::{Deserialize, Serialize};

use super::user_command::{Asked, answer, carry_out, order, user_id};
use crate::{
    commands::{Commands, Order},
    http::{Authenticated, Body, CommandId, IfMatch, Problem},
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
    Path(id): Path<String>,
    CommandId(key): CommandId,
    IfMatch(expected_commit): IfMatch,
    Body(request): Body<Request>,
) -> Result<Response, Problem> {
    caller.permit(Action::DeactivateUser)?;
    let id = user_id(&id)?;
    let said = serde_json::to_vec(&request).unwrap_or_default();
    let asked = Asked { route: "deactivate_user", key, body: &said };
    let order = Order { expected_commit, ..order(caller.0.tenant.clone(), caller.actor(), asked) };
    let command = UserCommand::Deactivate { reason: request.reason };
    let executed = carry_out(&commands, "deactivate_user", id, order, command).await?;
    Ok(answer(StatusCode::OK, id, &executed))
}
