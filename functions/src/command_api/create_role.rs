use std::collections::BTreeSet;

use axum::{extract::State, http::StatusCode, response::Response};
use domain::{
    CallerRole, RoleName,
    role::{Powers, RoleCommand},
};
use serde::{Deserialize, Serialize};

use super::{order::Route, role_command::OnRole};
use crate::{
    commands::Commands,
    http::{Authenticated, Body, CommandId, DryRun, IfMatch, ParseAll, Problem},
};

const ROUTE: Route = Route { name: "create_role", success: StatusCode::CREATED };

/// `POST /v1/roles`
#[derive(Debug, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CreateRole)]
pub(super) struct Request {
    #[schema(value_type = RoleName)]
    name: String,
    #[serde(default)]
    #[schema(value_type = Vec<CallerRole>)]
    grants: BTreeSet<CallerRole>,
    #[serde(default)]
    privileged: bool,
}

/// Creates a role that users can be linked to.
pub(super) async fn handle(
    State(commands): State<Commands>,
    caller: Authenticated,
    CommandId(key): CommandId,
    if_match: IfMatch,
    DryRun(dry_run): DryRun,
    Body(request): Body<Request>,
) -> Result<Response, Problem> {
    let name = ParseAll::one("/name", RoleName::parse(&request.name))?;
    let said = serde_json::to_vec(&request).unwrap_or_default();
    let powers = Powers { grants: request.grants, privileged: request.privileged };
    let command = RoleCommand::Create { name: name.clone(), powers };
    let on = OnRole { caller: &caller, key, role: name, expected_commit: if_match.commit(), dry_run };
    on.ask(&commands, ROUTE, &said, command).await
}
