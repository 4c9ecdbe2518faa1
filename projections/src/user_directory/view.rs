use chrono::{DateTime, Utc};
use domain::{
    RoleName,
    user::{Lifecycle, Personal},
};
use serde::{Deserialize, Serialize};

/// One user. Without `personal` the creation has not been folded in.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserView {
    pub personal: Option<Personal>,
    pub roles: Vec<RoleName>,
    pub lifecycle: Lifecycle,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}
