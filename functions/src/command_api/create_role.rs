use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use domain::{RoleName, role::RoleCommand};
use serde::{Deserialize, Serialize};

use super::user_command::{Asked, order};
use crate::{
    commands::Commands,
    http::{Authenticated, Body, CommandId, ParseAll, Problem, version_headers},
};

/// `POST /v1/roles`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    name: String,
}

#[derive(Debug, Serialize)]
struct RoleState {
    name: String,
    version: u64,
}

/// Creates a role that users can be linked to.
pub(super) async fn handle(
    State(commands): State<Commands>,
    caller: Authenticated,
    CommandId(key): CommandId,
    Body(request): Body<Request>,
) -> Result<Response, Problem> {
    let name = parse(&request)?;
    let asked = Asked { route: "create_role", key, body: name.as_str().as_bytes() };
    let order = order(caller.0.tenant.clone(), caller.actor(), asked);
    let (tenant, started) = (order.tenant.clone(), commands.clock.now());
    let executed = commands.role(&name, order, RoleCommand::Create { name: name.clone() }).await?;
    let version = executed.receipt.commit;
    let duration_ms = (commands.clock.now() - started).num_milliseconds();
    tracing::info!(command = "create_role", %tenant, role = %name, commit = version, duration_ms, "command carried out");
    let role = RoleState { name: name.as_str().into(), version };
    Ok((StatusCode::CREATED, version_headers(version), Json(role)).into_response())
}

fn parse(request: &Request) -> Result<RoleName, Problem> {
    let mut all = ParseAll::default();
    match all.parse("/name", RoleName::parse(&request.name)) {
        Some(name) => Ok(name),
        None => Err(all.finish().expect_err("the name was refused")),
    }
}
