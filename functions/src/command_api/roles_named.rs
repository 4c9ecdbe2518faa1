//! The roles that a request names: what they make of their holders, if they can be given.

use std::collections::{BTreeMap, BTreeSet};

use domain::{RoleName, TenantId, role::Powers};
use event_store::StoreError;
use futures_util::future::try_join_all;

use crate::{
    commands::Commands,
    http::{Kind, Problem, problem::FieldError},
};

/// What was found of the roles.
pub(super) struct Named {
    known: BTreeMap<RoleName, Powers>,
    unknown: Vec<RoleName>,
    retired: Vec<RoleName>,
}

/// Reads the streams of the roles.
pub(super) async fn known(
    commands: &Commands,
    tenant: &TenantId,
    roles: BTreeSet<&RoleName>,
) -> Result<Named, StoreError> {
    let loaded = try_join_all(roles.iter().map(|role| commands.load_role(tenant, role))).await?;
    let mut named = Named { known: BTreeMap::new(), unknown: Vec::new(), retired: Vec::new() };
    for (role, state) in roles.into_iter().zip(loaded) {
        match state.linkable() {
            Some(powers) => drop(named.known.insert(role.clone(), powers.clone())),
            None if state.is_retired() => named.retired.push(role.clone()),
            None => named.unknown.push(role.clone()),
        }
    }
    Ok(named)
}

impl Named {
    /// Whether all of them can be given.
    pub(super) fn all_known(&self) -> bool {
        self.unknown.is_empty() && self.retired.is_empty()
    }

    /// The roles, or what is wrong with those in the body's list `roles`.
    pub(super) fn in_the_body(self, list: &[String]) -> Result<BTreeMap<RoleName, Powers>, Problem> {
        let place = |role: &RoleName| list.iter().position(|name| name == role.as_str()).unwrap_or_default();
        let errors = |kind: &'static Kind, roles: &[RoleName]| -> Vec<FieldError> {
            let error = |role: &RoleName| FieldError {
                pointer: format!("/roles/{}", place(role)),
                code: kind.code.into(),
                detail: detail(kind, role),
            };
            roles.iter().map(error).collect()
        };
        let unknown = errors(Kind::ROLE_UNKNOWN, &self.unknown);
        let retired = errors(Kind::ROLE_RETIRED, &self.retired);
        let all: Vec<FieldError> = unknown.into_iter().chain(retired).collect();
        self.refused().map_or_else(|found| Ok(found.known), |problem| Err(problem.with_errors(all)))
    }

    /// The role of the path, or what is wrong with it.
    pub(super) fn in_the_path(self) -> Result<BTreeMap<RoleName, Powers>, Problem> {
        self.refused().map_or_else(|found| Ok(found.known), Err)
    }

    fn refused(self) -> Result<Problem, Self> {
        let (kind, roles) = match (self.unknown.is_empty(), self.retired.is_empty()) {
            (false, _) => (Kind::ROLE_UNKNOWN, &self.unknown),
            (true, false) => (Kind::ROLE_RETIRED, &self.retired),
            (true, true) => return Err(self),
        };
        let details: Vec<String> = roles.iter().map(|role| detail(kind, role)).collect();
        Ok(Problem::new(kind, format!("{}. {}", details.join("; "), kind.advice)))
    }
}

fn detail(kind: &'static Kind, role: &RoleName) -> String {
    if kind == Kind::ROLE_RETIRED {
        format!("The role {role} is retired")
    } else {
        format!("There is no role {role}")
    }
}
