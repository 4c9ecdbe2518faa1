//! How far behind the views are. Every minute the watchdog writes a few pulses into the event table; they travel
//! the stream as commits do, and the projector notes when it has handled what came before them: `!models` /
//! `pulse#{number}`, with `at` N, the time the pulse was written, in milliseconds.

use aws_sdk_dynamodb::types::AttributeValue::{N, S};
use chrono::{DateTime, TimeDelta, Utc};

use super::{ViewError, ViewStore, condition_failed, generations::PARTITION, rows::Item, unavailable};

/// So many pulses, so that every shard of the stream has a good chance of carrying one.
pub const PULSES: u32 = 4;

const PREFIX: &str = "pulse#";

impl ViewStore {
    /// Notes that everything before a pulse was handled. An older one than is known changes nothing.
    ///
    /// # Errors
    /// [`ViewError::Unavailable`].
    pub async fn note_pulse(&self, number: u32, at: DateTime<Utc>) -> Result<(), ViewError> {
        let put = self.client.put_item().table_name(&self.table);
        let put = put
            .item("pk", S(PARTITION.into()))
            .item("sk", S(format!("{PREFIX}{number}")))
            .item("at", N(at.timestamp_millis().to_string()))
            .condition_expression("attribute_not_exists(pk) OR #at < :at")
            .expression_attribute_names("#at", "at")
            .expression_attribute_values(":at", N(at.timestamp_millis().to_string()));
        match put.send().await {
            Ok(_) => Ok(()),
            Err(error) if condition_failed(&error) => Ok(()),
            Err(error) => Err(unavailable(&error)),
        }
    }

    /// Everything that was recorded so long ago or longer is in the views. Unknown until every pulse has arrived
    /// once. An upper bound: while all is well, the time between two pulses and that of a delivery. Costs
    /// nothing beside [`live`](Self::live).
    ///
    /// # Errors
    /// [`ViewError::Unavailable`], [`ViewError::Unreadable`].
    pub async fn lag(&self) -> Result<Option<TimeDelta>, ViewError> {
        let models = self.recent(|_| true).await?;
        let oldest = models.oldest_pulse(PULSES);
        Ok(oldest.map(|at| (self.clock.now() - at).max(TimeDelta::zero())))
    }
}

/// A pulse that was noted, if the item is one.
pub(super) fn read(item: &Item) -> Option<(u32, DateTime<Utc>)> {
    let number = item.get("sk")?.as_s().ok()?.strip_prefix(PREFIX)?.parse().ok()?;
    let at = DateTime::from_timestamp_millis(item.get("at")?.as_n().ok()?.parse().ok()?)?;
    Some((number, at))
}
