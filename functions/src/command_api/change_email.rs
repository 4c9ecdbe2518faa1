use axum::{extract::State, http::StatusCode, response::Response};
use domain::{Email, user::UserCommand};
use serde::{Deserialize, Serialize};

use super::{order::Route, user_command::OnUser};
use crate::{
    commands::Commands,
    http::{Body, ParseAll, Problem},
};

const ROUTE: Route = Route { name: "change_email", success: StatusCode::ACCEPTED };

/// `POST /v1/users/{id}/email`
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ChangeEmail)]
pub(super) struct Request {
    #[schema(value_type = Email)]
    email: String,
}

/// Gives a user another address. A confirmed one stays until the new one is confirmed, too.
pub(super) async fn handle(
    State(commands): State<Commands>,
    on: OnUser,
    Body(request): Body<Request>,
) -> Result<Response, Problem> {
    let email = ParseAll::one("/email", Email::parse(&request.email))?;
    let said = serde_json::to_vec(&request).unwrap_or_default();
    on.ask(&commands, ROUTE, &said, UserCommand::ChangeEmail { email }).await
}
