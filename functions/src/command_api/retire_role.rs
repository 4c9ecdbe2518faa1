use axum::{extract::State, http::StatusCode, response::Response};
use domain::role::RoleCommand;

use super::{order::Route, role_command::OnRole};
use crate::{
    commands::Commands,
    http::{Authenticated, Body, CommandId, DryRun, IfMatch, Nothing, Problem, RolePath},
};

const ROUTE: Route = Route { name: "retire_role", success: StatusCode::OK };

/// `POST /v1/roles/{role}/retire`: nobody gets it any more; the watchdog takes it from whoever has it.
pub(super) async fn handle(
    State(commands): State<Commands>,
    caller: Authenticated,
    RolePath(role): RolePath,
    CommandId(key): CommandId,
    if_match: IfMatch,
    DryRun(dry_run): DryRun,
    Body(Nothing {}): Body<Nothing>,
) -> Result<Response, Problem> {
    let on = OnRole { caller: &caller, key, role, expected_commit: if_match.commit(), dry_run };
    on.ask(&commands, ROUTE, b"{}", RoleCommand::Retire).await
}
