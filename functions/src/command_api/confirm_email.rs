use axum::{extract::State, http::StatusCode, response::Response};
use domain::{
    Actor, Rejection, TokenHash, User,
    user::{ConfirmationState, UserCommand},
};
use serde::Deserialize;

use super::{
    answer::carried_out,
    order::{Asked, Route, command_id, order},
    user_command::{carry_out, state},
};
use crate::{
    commands::{Commands, Order},
    confirmation_token,
    http::{Body, CommandId, NoParameters, Problem},
};

const ROUTE: Route = Route { name: "confirm_email", success: StatusCode::OK };

/// `POST /v1/confirmations`
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Confirm)]
pub(super) struct Request {
    token: String,
}

/// Consumes a confirmation. The token is all the proof there is: whoever holds the link has the mail.
/// It is verified against the stored hash, so this function holds no signing key. There is no dry run: a
/// guess must be counted.
pub(super) async fn handle(
    State(commands): State<Commands>,
    NoParameters: NoParameters,
    CommandId(key): CommandId,
    Body(request): Body<Request>,
) -> Result<Response, Problem> {
    let named = confirmation_token::read(&request.token).ok_or_else(unknown)?;
    let (confirmation, token_hash) = (named.number, TokenHash::of(&request.token));
    // Two tokens under one key are two commands: that the first was counted must not show.
    let command_id = command_id(&[ROUTE.name, &key, &request.token]);
    let asked = Asked { route: ROUTE.name, key, body: request.token.as_bytes() };
    let order = Order { command_id, ..order(named.tenant, Actor::LinkHolder, asked) };
    let command = UserCommand::ConfirmEmail { confirmation, token_hash };
    let executed = carry_out(&commands, named.user, order, command).await?;
    // What was recorded may be a bad try. Whoever guesses learns nothing of it.
    if !is_confirmed(&executed.state, confirmation, token_hash) {
        return Err(unknown());
    }
    let state = state(named.user, executed.receipt.commit, &executed.state)?;
    Ok(carried_out(ROUTE.success, &executed.receipt, state))
}

fn is_confirmed(user: &User, number: u32, hash: TokenHash) -> bool {
    let confirmation = user.account().and_then(|account| account.confirmation(number));
    confirmation.is_some_and(|confirmation| {
        confirmation.state == ConfirmationState::Used
            && confirmation.token.as_ref().is_some_and(|token| token.hash == hash)
    })
}

/// In the same words as the rules refuse what is unknown.
fn unknown() -> Problem {
    Rejection::ConfirmationUnknown.into()
}
