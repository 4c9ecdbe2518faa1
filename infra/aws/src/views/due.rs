use aws_sdk_dynamodb::types::AttributeValue::S;
use chrono::{DateTime, SecondsFormat, Utc};
use projections::{Generation, ReadModel};

use super::{Rows, ViewError, condition_failed, unavailable};

/// Shards of the index `due`: all rows that wait share it, whatever their tenant.
pub(super) const SHARDS: u32 = 8;

/// An aggregate whose row is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    pub tenant: String,
    pub id: String,
}

impl<R: ReadModel> Rows<R> {
    /// At most `limit` aggregates of each shard whose rows were due before `now`, the oldest first.
    /// Eventually consistent, as every index is: a row may be listed although it has just moved on.
    ///
    /// # Errors
    /// [`ViewError::Unavailable`].
    pub async fn due(&self, now: DateTime<Utc>, limit: i32) -> Result<Vec<Due>, ViewError> {
        let mut due = Vec::new();
        for shard in 0..SHARDS {
            let query =
                self.store.client.query().table_name(&self.store.table).index_name("due").limit(limit);
            let output = query
                .key_condition_expression("w = :shard AND wa < :now")
                .expression_attribute_values(":shard", S(shard_name::<R>(self.generation, shard)))
                .expression_attribute_values(":now", S(now.to_rfc3339_opts(SecondsFormat::Millis, true)))
                .send()
                .await
                .map_err(|error| unavailable(&error))?;
            due.extend(output.items.unwrap_or_default().iter().filter_map(aggregate_of));
        }
        Ok(due)
    }
}

impl<R: ReadModel> Rows<R> {
    /// Puts a due row off until `until`, unless it has moved on by itself, or somebody else has put it off;
    /// tells whether it did. The row's content and version stay; the next commit of the aggregate tells a new
    /// time anyway.
    ///
    /// # Errors
    /// [`ViewError::Unavailable`].
    pub async fn put_off(
        &self,
        due: &Due,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<bool, ViewError> {
        let update = self.store.client.update_item().table_name(&self.store.table);
        let put_off = update
            .key("pk", S(self.partition(&due.tenant)))
            .key("sk", S(due.id.clone()))
            .update_expression("SET wa = :until")
            .condition_expression("wa < :now")
            .expression_attribute_values(":until", S(until.to_rfc3339_opts(SecondsFormat::Millis, true)))
            .expression_attribute_values(":now", S(now.to_rfc3339_opts(SecondsFormat::Millis, true)));
        match put_off.send().await {
            Ok(_) => Ok(true),
            Err(error) if condition_failed(&error) => Ok(false),
            Err(error) => Err(unavailable(&error)),
        }
    }
}

impl<R: ReadModel> Rows<R> {
    /// Takes a row off the index: nothing is left to be done about it. Its content and version stay.
    ///
    /// # Errors
    /// [`ViewError::Unavailable`].
    pub async fn settle(&self, due: &Due) -> Result<(), ViewError> {
        let update = self.store.client.update_item().table_name(&self.store.table);
        let settle = update
            .key("pk", S(self.partition(&due.tenant)))
            .key("sk", S(due.id.clone()))
            .update_expression("REMOVE w, wa")
            .condition_expression("attribute_exists(pk)");
        match settle.send().await {
            Ok(_) => Ok(()),
            Err(error) if condition_failed(&error) => Ok(()),
            Err(error) => Err(unavailable(&error)),
        }
    }
}

fn aggregate_of(item: &super::rows::Item) -> Option<Due> {
    let (pk, sk) = (item.get("pk")?.as_s().ok()?, item.get("sk")?.as_s().ok()?);
    let (tenant, _) = pk.split_once('#')?;
    Some(Due { tenant: tenant.into(), id: sk.clone() })
}

pub(super) fn shard_of<R: ReadModel>(generation: Generation, id: &str) -> String {
    shard_name::<R>(generation, shard(id))
}

/// 0 to 7, the same for an id for ever.
pub(super) fn shard(id: &str) -> u32 {
    sum(id) % SHARDS
}

/// Spreads ids.
pub(super) fn sum(id: &str) -> u32 {
    id.bytes().fold(0, |sum: u32, byte| sum.wrapping_mul(31).wrapping_add(byte.into()))
}

fn shard_name<R: ReadModel>(generation: Generation, shard: u32) -> String {
    format!("{}@{}#{shard}", R::NAME, generation.0)
}
