//! A queue, and how to find it.

use rusqlite::{OptionalExtension, Row};

use super::{
    error::{Code, SqsError},
    settings::{RedrivePolicy, Settings},
    store::Call,
};

/// The account that every local queue belongs to.
pub(super) const ACCOUNT: &str = "000000000000";

/// The ARN of the local queue called `name`, as `RedrivePolicy` and move tasks want it.
#[must_use]
pub fn queue_arn(name: &str) -> String {
    format!("arn:aws:sqs:local:{ACCOUNT}:{name}")
}

pub(super) struct Queue {
    pub(super) id: i64,
    pub(super) name: String,
    pub(super) settings: Settings,
    pub(super) created_at: i64,
    pub(super) modified_at: i64,
}

impl Queue {
    /// # Errors
    ///
    /// `QueueDoesNotExist`.
    pub(super) fn named(call: &Call<'_>, name: &str) -> Result<Self, SqsError> {
        Self::find(call, name)?.ok_or_else(|| {
            SqsError::new(Code::QueueDoesNotExist, format!("The specified queue does not exist: {name}"))
        })
    }

    /// By its URL, at whichever address the client reached it.
    pub(super) fn at(call: &Call<'_>, url: &str) -> Result<Self, SqsError> {
        Self::named(call, url.rsplit('/').next().unwrap_or_default())
    }

    /// By its ARN, of whichever region.
    pub(super) fn of_arn(call: &Call<'_>, arn: &str) -> Result<Option<Self>, SqsError> {
        Self::find(call, arn.rsplit(':').next().unwrap_or_default())
    }

    pub(super) fn all(call: &Call<'_>) -> Result<Vec<Self>, SqsError> {
        let mut statement = call.tx.prepare_cached("SELECT * FROM queues ORDER BY name")?;
        statement.query_and_then([], Self::from_row)?.collect()
    }

    pub(super) fn arn(&self) -> String {
        queue_arn(&self.name)
    }

    /// Whether messages that fail in this queue go to `other`.
    pub(super) fn dies_into(&self, other: &Self) -> bool {
        self.settings.redrive.as_ref().is_some_and(|policy| policy.names(other))
    }

    pub(super) fn find(call: &Call<'_>, name: &str) -> Result<Option<Self>, SqsError> {
        let mut statement = call.tx.prepare_cached("SELECT * FROM queues WHERE name = ?1")?;
        statement.query_row([name], |row| Ok(Self::from_row(row))).optional()?.transpose()
    }

    fn from_row(row: &Row<'_>) -> Result<Self, SqsError> {
        Ok(Self {
            id: row.get("id")?,
            name: row.get("name")?,
            settings: serde_json::from_str(&row.get::<_, String>("settings")?)?,
            created_at: row.get("created_at")?,
            modified_at: row.get("modified_at")?,
        })
    }

    pub(super) fn url(&self, call: &Call<'_>) -> String {
        format!("http://{}/{ACCOUNT}/{}", call.host, self.name)
    }
}

impl RedrivePolicy {
    fn names(&self, queue: &Queue) -> bool {
        self.dead_letter_target_arn.rsplit(':').next() == Some(&queue.name)
    }
}
