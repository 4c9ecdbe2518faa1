use axum::{extract::State, http::StatusCode, response::Response};
use domain::user::{ChangeRoles, UserCommand};

use super::{order::Route, roles_named::known, user_command::OnUser};
use crate::{
    commands::Commands,
    http::{Body, Nothing, Problem, RolePath},
};

const ADD: Route = Route { name: "add_role", success: StatusCode::NO_CONTENT };
const REMOVE: Route = Route { name: "remove_role", success: StatusCode::NO_CONTENT };

/// `PUT /v1/users/{id}/roles/{role}`: the user is to have the role.
pub(super) async fn add(
    State(commands): State<Commands>,
    on: OnUser,
    RolePath(role): RolePath,
    Body(Nothing {}): Body<Nothing>,
) -> Result<Response, Problem> {
    let add = known(&commands, &on.caller.0.tenant, [&role].into()).await?.in_the_path()?;
    let said = role.as_str().as_bytes();
    let change = ChangeRoles { add, ..ChangeRoles::default() };
    on.ask(&commands, ADD, said, UserCommand::ChangeRoles(change)).await
}

/// `DELETE /v1/users/{id}/roles/{role}`: the user is not to have the role.
pub(super) async fn remove(
    State(commands): State<Commands>,
    on: OnUser,
    RolePath(role): RolePath,
    Body(Nothing {}): Body<Nothing>,
) -> Result<Response, Problem> {
    let change = ChangeRoles { remove: [role.clone()].into(), ..ChangeRoles::default() };
    on.ask(&commands, REMOVE, role.as_str().as_bytes(), UserCommand::ChangeRoles(change)).await
}
