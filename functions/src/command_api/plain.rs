use axum::{extract::State, http::StatusCode, response::Response};
use domain::user::UserCommand;
use futures_util::future::BoxFuture;

use super::{order::Route, user_command::OnUser};
use crate::{
    commands::Commands,
    http::{Body, Nothing, Problem},
};

/// The handler of a command that says all with its name.
pub(super) fn plain(
    name: &'static str,
    success: StatusCode,
    command: UserCommand,
) -> impl Fn(State<Commands>, OnUser, Body<Nothing>) -> BoxFuture<'static, Result<Response, Problem>> + Clone
{
    move |State(commands), on, Body(Nothing {})| {
        let command = command.clone();
        Box::pin(async move { on.ask(&commands, Route { name, success }, b"{}", command).await })
    }
}
