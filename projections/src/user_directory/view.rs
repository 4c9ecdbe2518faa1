use chrono::{DateTime, Utc};
use domain::{
    RoleName,
    user::{Lifecycle, MailFlag, PendingEmail, Personal},
};
use serde::{Deserialize, Serialize};

/// One user. Without `personal` the creation has not been folded in.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserView {
    pub personal: Option<Personal>,
    /// What a confirmed address is to be replaced by.
    pub pending_email: Option<PendingEmail>,
    /// What the mail provider said last about the address.
    pub email_flag: Option<MailFlag>,
    /// By name.
    pub roles: Vec<RoleName>,
    pub lifecycle: Lifecycle,
    /// When the user is shut off.
    pub expires_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}
