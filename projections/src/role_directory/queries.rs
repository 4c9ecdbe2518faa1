use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use domain::CallerRole;
use serde::Serialize;
use utoipa::ToSchema;

use super::RoleView;
use crate::Row;

/// A role as clients are shown it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RoleItem {
    pub name: String,
    /// Number of the last commit in it; the consistency token of this answer.
    pub version: u64,
    /// What its holders are to the tenant, when they call.
    pub grants: BTreeSet<CallerRole>,
    /// Only owners give it.
    pub privileged: bool,
    pub created_at: DateTime<Utc>,
    /// Nobody gets it any more since then.
    pub retired_at: Option<DateTime<Utc>>,
}

impl RoleItem {
    /// A role's id is its name.
    #[must_use]
    pub fn of(name: &str, row: Row<RoleView>) -> Self {
        let RoleView { powers, created_at, retired_at } = row.view;
        Self {
            name: name.into(),
            version: row.version,
            grants: powers.grants,
            privileged: powers.privileged,
            created_at,
            retired_at,
        }
    }
}
