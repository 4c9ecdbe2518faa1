use std::collections::BTreeMap;

use domain::user::Status;
use serde::Serialize;
use utoipa::ToSchema;

/// A tenant's users, counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// All but the deleted.
    pub total: u64,
    /// Every status but `deleted`, those that nobody has, too.
    pub by_status: BTreeMap<&'static str, u64>,
    /// Gone, unless they are restored.
    pub deleted: u64,
}

impl Summary {
    /// From the tallies: how many rows there are under each status.
    #[must_use]
    pub fn of(tallies: &BTreeMap<String, u64>) -> Self {
        let count = |status: Status| tallies.get(status.as_str()).copied().unwrap_or_default();
        let there = Status::ALL.into_iter().filter(|status| *status != Status::Deleted);
        let by_status: BTreeMap<_, _> = there.map(|status| (status.as_str(), count(status))).collect();
        Self { total: by_status.values().sum(), by_status, deleted: count(Status::Deleted) }
    }
}
