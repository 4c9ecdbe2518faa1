use chrono::{DateTime, Utc};
use domain::{
    DisplayName, Email, RoleName, UserName,
    user::{MailFlag, Process, Status},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::UserView;
use crate::Row;

/// A user as clients are shown it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserItem {
    pub id: String,
    /// Number of the last commit in it; the consistency token of this answer.
    pub version: u64,
    pub status: Status,
    pub process: Process,
    pub user_name: UserName,
    pub display_name: DisplayName,
    pub email: Email,
    /// A new address that waits for its confirmation; until then the old one stays.
    pub pending_email: Option<Email>,
    /// `bounce` or `complaint`, if the mail provider said so.
    pub email_flag: Option<MailFlag>,
    pub roles: Vec<RoleName>,
    /// When the user is shut off.
    pub expires_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl UserItem {
    /// `None` for a row that does not hold the creation, which no stream can lead to.
    #[must_use]
    pub fn of(id: &str, row: Row<UserView>) -> Option<Self> {
        let personal = row.view.personal?;
        Some(Self {
            id: id.into(),
            version: row.version,
            status: row.view.lifecycle.status(),
            process: row.view.lifecycle.process,
            user_name: personal.user_name,
            display_name: personal.display_name,
            email: personal.email,
            pending_email: row.view.pending_email.map(|pending| pending.email),
            email_flag: row.view.email_flags.get(&row.view.email_version).copied(),
            roles: row.view.roles,
            expires_at: row.view.expires_at,
            created_at: row.view.created_at,
            updated_at: row.view.updated_at,
        })
    }
}
