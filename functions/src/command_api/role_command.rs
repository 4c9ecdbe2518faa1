//! What the commands to one role share.

use std::collections::BTreeSet;

use axum::response::Response;
use domain::{CallerRole, Role, RoleName, role::RoleCommand};
use serde::Serialize;

use super::{
    answer::{carried_out, previewed},
    order::{Asked, Route, order},
};
use crate::{
    commands::{Commands, Order},
    http::{Authenticated, Problem},
};

/// A request to a role, apart from what it asks.
pub(super) struct OnRole<'a> {
    pub(super) caller: &'a Authenticated,
    pub(super) key: String,
    pub(super) role: RoleName,
    pub(super) expected_commit: Option<u64>,
    pub(super) dry_run: bool,
}

/// The state of a role after a command.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct RoleState {
    name: RoleName,
    version: u64,
    grants: BTreeSet<CallerRole>,
    privileged: bool,
    retired: bool,
}

impl OnRole<'_> {
    /// Carries the command out, or tries it, and answers. `said` is what the request says beyond its route.
    pub(super) async fn ask(
        self,
        commands: &Commands,
        route: Route,
        said: &[u8],
        command: RoleCommand,
    ) -> Result<Response, Problem> {
        let asked = Asked { route: route.name, key: self.key, body: said };
        let order = order(self.caller.0.tenant.clone(), self.caller.actor(), asked);
        let order = Order { expected_commit: self.expected_commit, ..order };
        let name = self.role;
        if self.dry_run {
            let preview = commands.preview_role(&name, order, command).await?;
            let then = state(name, preview.commit, &preview.state);
            return Ok(previewed(preview, then));
        }
        let executed = commands.role(&name, order, command).await?;
        let state = state(name, executed.receipt.commit, &executed.state);
        Ok(carried_out(route.success, &executed.receipt, state))
    }
}

fn state(name: RoleName, version: u64, role: &Role) -> RoleState {
    let powers = role.powers().cloned().unwrap_or_default();
    let retired = role.is_retired();
    RoleState { name, version, grants: powers.grants, privileged: powers.privileged, retired }
}
