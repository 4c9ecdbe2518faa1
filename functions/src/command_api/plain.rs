use axum::{extract::State, http::StatusCode, response::Response};
use domain::user::UserCommand;
use futures_util::future::BoxFuture;
use serde::Deserialize;

use super::{order::Route, user_command::OnUser};
use crate::{
    commands::Commands,
    http::{Body, Problem},
};

/// Nothing to say: `{}`, or no body.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Nothing)]
pub(super) struct Request {}

/// The handler of a command that says all with its name.
pub(super) fn plain(
    name: &'static str,
    success: StatusCode,
    command: UserCommand,
) -> impl Fn(State<Commands>, OnUser, Body<Request>) -> BoxFuture<'static, Result<Response, Problem>> + Clone
{
    move |State(commands), on, Body(Request {})| {
        let command = command.clone();
        Box::pin(async move { on.ask(&commands, Route { name, success }, b"{}", command).await })
    }
}
