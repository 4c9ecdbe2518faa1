use axum::{extract::State, http::StatusCode, response::Response};
use domain::{Actor, TokenHash, user::UserCommand};
use serde::Deserialize;

use super::user_command::{Asked, answer, carry_out, order};
use crate::{
    commands::Commands,
    confirmation_token,
    http::{Body, CommandId, Kind, Problem},
};

/// `POST /v1/confirmations`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    token: String,
}

/// Consumes a confirmation. The token is all the proof there is: whoever holds the link has the mail.
/// It is verified against the stored hash, so this function holds no signing key.
pub(super) async fn handle(
    State(commands): State<Commands>,
    CommandId(key): CommandId,
    Body(request): Body<Request>,
) -> Result<Response, Problem> {
    let unknown = || Problem::new(Kind::CONFIRMATION_UNKNOWN, Kind::CONFIRMATION_UNKNOWN.advice);
    let named = confirmation_token::read(&request.token).ok_or_else(unknown)?;
    let token_hash = TokenHash::of(&request.token);
    let asked = Asked { route: "confirm_email", key, body: request.token.as_bytes() };
    let order = order(named.tenant, Actor::LinkHolder, asked);
    let command = UserCommand::ConfirmEmail { token_hash };
    let executed = carry_out(&commands, "confirm_email", named.user, order, command).await?;
    answer(StatusCode::OK, named.user, &executed)
}
