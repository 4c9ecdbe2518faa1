use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{CallerRole, RoleName};

/// What a role makes of whoever holds it, while they are active. A role keeps its powers for ever: who was
/// given it was judged by them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Powers {
    /// What its holders are to the tenant, when they call.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub grants: BTreeSet<CallerRole>,
    /// Only owners give it, whatever it grants.
    #[serde(default, skip_serializing_if = "is_false")]
    pub privileged: bool,
}

/// A role that someone is to have, with its powers at that time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlannedRole {
    pub role: RoleName,
    #[serde(flatten)]
    pub powers: Powers,
}

impl PlannedRole {
    pub(crate) fn of((role, powers): (&RoleName, &Powers)) -> Self {
        Self { role: role.clone(), powers: powers.clone() }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it a reference")]
fn is_false(value: &bool) -> bool {
    !value
}
