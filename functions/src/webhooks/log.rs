use aws_sdk_dynamodb::Client;
use chrono::{DateTime, TimeDelta, Utc};
use domain::{TenantId, webhook::WebhookId};
use infra_aws::{
    clock::Clock,
    documents::{Document, Documents},
    views::ViewError,
};
use serde::{Deserialize, Serialize};

use super::Delivery;

/// From then on DynamoDB may forget a try.
const KEPT_FOR: TimeDelta = TimeDelta::days(7);
/// Tries that came to something, and those that did not, are apart: whether anything has arrived since a time is one look.
const ARRIVED: &str = "arrived";
const FAILED: &str = "failed";

/// The table of what became of webhooks: partition `{tenant}#{webhook}`, names `{arrived or failed}#{time}#{delivery}`.
#[derive(Clone, Debug)]
pub struct DeliveryLog {
    tries: Documents,
}

/// One try at a delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Try {
    pub delivery: Delivery,
    pub event_type: String,
    /// Which one it was of this delivery, from 1.
    pub number: u32,
    pub at: DateTime<Utc>,
    pub duration_ms: i64,
    /// What the receiver answered with.
    pub status: Option<u16>,
    /// Why there is no answer.
    pub error: Option<String>,
    /// When it is tried again, if it is.
    pub again_at: Option<DateTime<Utc>>,
}

impl Try {
    /// Whether the receiver has it.
    #[must_use]
    pub fn has_arrived(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }

    /// Its place among the others.
    #[must_use]
    pub fn place(&self) -> String {
        format!("{}#{}", stamp(self.at), self.delivery)
    }
}

impl DeliveryLog {
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>, clock: &Clock) -> Self {
        Self { tries: Documents::new(client, table).kept_for(KEPT_FOR, clock.clone()) }
    }

    /// Writes a try down. A write unit.
    pub(super) async fn note(
        &self,
        tenant: &TenantId,
        webhook: WebhookId,
        tried: &Try,
    ) -> Result<(), ViewError> {
        let outcome = if tried.has_arrived() { ARRIVED } else { FAILED };
        let name = format!("{outcome}#{}", tried.place());
        match self.tries.create(&collection(tenant, webhook), &name, tried).await {
            // A copy of the message was tried in the same millisecond.
            Ok(_) | Err(ViewError::Changed) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Whether anything has arrived since then.
    pub(super) async fn has_arrived_since(
        &self,
        tenant: &TenantId,
        webhook: WebhookId,
        since: DateTime<Utc>,
    ) -> Result<bool, ViewError> {
        let names = (format!("{ARRIVED}#{}", stamp(since)), end(ARRIVED));
        let collection = collection(tenant, webhook);
        let found = self.tries.some::<Try>(&collection, (&names.0, &names.1), false, 1).await?;
        Ok(!found.is_empty())
    }

    /// The newest tries, or those before a place: so many, the newest first.
    ///
    /// # Errors
    /// [`ViewError::Unavailable`], [`ViewError::Unreadable`].
    pub async fn recent(
        &self,
        tenant: &TenantId,
        webhook: WebhookId,
        before: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Try>, ViewError> {
        let mut tries = Vec::new();
        for outcome in [ARRIVED, FAILED] {
            let to = before.map_or_else(|| end(outcome), |place| format!("{outcome}#{place}"));
            let names = (format!("{outcome}#"), to);
            // The one at that place is found, too, and left out.
            let wanted = i32::try_from(limit + 1).unwrap_or(i32::MAX);
            let found: Vec<Document<Try>> =
                self.tries.some(&collection(tenant, webhook), (&names.0, &names.1), true, wanted).await?;
            tries.extend(found.into_iter().map(|it| it.content));
        }
        tries.retain(|tried| before.is_none_or(|place| tried.place().as_str() < place));
        tries.sort_by_key(|tried| std::cmp::Reverse(tried.place()));
        tries.truncate(limit);
        Ok(tries)
    }
}

fn collection(tenant: &TenantId, webhook: WebhookId) -> String {
    format!("{tenant}#{webhook}")
}

/// As many digits for every time up to the year 2286.
fn stamp(at: DateTime<Utc>) -> String {
    format!("{:013}", at.timestamp_millis())
}

/// Behind every name of this outcome.
fn end(outcome: &str) -> String {
    format!("{outcome}#~")
}
