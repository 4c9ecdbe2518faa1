use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::{
    EmailVersion, RoleName,
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
    /// Of the address; 0 in a row that was written before versions were told, where it does not matter.
    #[serde(default)]
    pub email_version: EmailVersion,
    /// What the mail provider said last about the address, and about the one that is to replace it.
    #[serde(default)]
    pub email_flags: BTreeMap<EmailVersion, MailFlag>,
    /// By name.
    pub roles: Vec<RoleName>,
    pub lifecycle: Lifecycle,
    /// When the user is shut off.
    pub expires_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}
