use chrono::{DateTime, Utc};
use serde::Serialize;

use super::RoleView;
use crate::Row;

/// A role as clients are shown it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RoleItem {
    pub name: String,
    /// Number of the last commit in it; the consistency token of this answer.
    pub version: u64,
    pub created_at: DateTime<Utc>,
}

impl RoleItem {
    /// A role's id is its name.
    #[must_use]
    pub fn of(name: &str, row: Row<RoleView>) -> Self {
        Self { name: name.into(), version: row.version, created_at: row.view.created_at }
    }
}
