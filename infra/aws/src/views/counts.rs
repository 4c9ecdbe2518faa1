//! How many rows of a tenant stand under each tally: `{tenant}#{read model}@{generation}#counts` / `{shard}`, one
//! attribute `n.{tally}` each. A row's count stands in the shard of its id, so that the rows of one tenant rarely
//! wait for one item.

use std::{collections::BTreeMap, time::Duration};

use aws_sdk_dynamodb::{
    error::BuildError,
    operation::transact_write_items::TransactWriteItemsError,
    types::{
        AttributeValue::{N, S},
        CancellationReason, Put, TransactWriteItem, Update,
    },
};
use projections::ReadModel;

use super::{
    Rows, ViewError, due,
    rows::{Item, is_at},
    unavailable,
};

/// A transaction that meets another one on the same shard of the counts is sent again so often, within about two
/// seconds.
const MOST_CONFLICTS: u32 = 7;

impl<R: ReadModel> Rows<R> {
    /// The tenant's rows by their tally: one read of eight small items.
    ///
    /// # Errors
    /// [`ViewError::Unavailable`].
    pub async fn tallies(&self, tenant: &str) -> Result<BTreeMap<String, u64>, ViewError> {
        let query = self.store.client.query().table_name(&self.store.table);
        let query = query.key_condition_expression("pk = :pk");
        let query = query.expression_attribute_values(":pk", S(self.counts(tenant)));
        let shards = query.send().await.map_err(|error| unavailable(&error))?.items.unwrap_or_default();
        let mut tallies: BTreeMap<String, u64> = BTreeMap::new();
        for (name, value) in shards.iter().flatten() {
            let count: Option<u64> = value.as_n().ok().and_then(|count| count.parse().ok());
            if let (Some(tally), Some(count)) = (name.strip_prefix("n."), count) {
                *tallies.entry(tally.into()).or_default() += count;
            }
        }
        Ok(tallies)
    }

    /// The row and its count, both or neither: 2 write units for each. Whoever lost the answer finds the row
    /// changed when they try again.
    pub(super) async fn store_and_count(
        &self,
        tenant: &str,
        id: &str,
        item: Item,
        read: u64,
        (old, new): (Option<String>, Option<String>),
    ) -> Result<(), ViewError> {
        let items = [self.put(item, read), self.count(tenant, id, old, new)]
            .into_iter()
            .collect::<Result<Vec<_>, _>>()
            .expect("every item names its table, key and expression");
        for attempt in 0..MOST_CONFLICTS {
            let transaction = self.store.client.transact_write_items();
            let sent = transaction.set_transact_items(Some(items.clone())).send().await;
            let Err(error) = sent else { return Ok(()) };
            let Some(TransactWriteItemsError::TransactionCanceledException(answer)) =
                error.as_service_error()
            else {
                return Err(unavailable(&error));
            };
            let reasons = answer.cancellation_reasons();
            if told(reasons, "ConditionalCheckFailed") {
                return Err(ViewError::Changed);
            }
            if !told(reasons, "TransactionConflict") {
                return Err(unavailable(&error));
            }
            tokio::time::sleep(pause(id, attempt)).await;
        }
        Err(ViewError::Changed)
    }

    fn put(&self, item: Item, read: u64) -> Result<TransactWriteItem, BuildError> {
        let (condition, version) = is_at(read);
        let put = Put::builder().table_name(&self.store.table).set_item(Some(item));
        let put = put.condition_expression(condition).set_expression_attribute_values(version).build()?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    fn count(
        &self,
        tenant: &str,
        id: &str,
        old: Option<String>,
        new: Option<String>,
    ) -> Result<TransactWriteItem, BuildError> {
        let changes = [("new", new, "1"), ("old", old, "-1")];
        let changes: Vec<_> =
            changes.into_iter().filter_map(|(name, tally, by)| Some((name, tally?, by))).collect();
        let each = changes.iter().map(|(name, ..)| format!("#{name} :{name}"));
        let update = Update::builder()
            .table_name(&self.store.table)
            .key("pk", S(self.counts(tenant)))
            .key("sk", S(due::shard(id).to_string()))
            .update_expression(format!("ADD {}", each.collect::<Vec<_>>().join(", ")));
        let update = changes.into_iter().fold(update, |update, (name, tally, by)| {
            update
                .expression_attribute_names(format!("#{name}"), format!("n.{tally}"))
                .expression_attribute_values(format!(":{name}"), N(by.into()))
        });
        Ok(TransactWriteItem::builder().update(update.build()?).build())
    }

    fn counts(&self, tenant: &str) -> String {
        format!("{}#counts", self.partition(tenant))
    }
}

/// Whether the row has changed (`ConditionalCheckFailed`), or somebody is writing it, or its shard of the counts, at
/// this moment (`TransactionConflict`). Nothing was written here.
fn told(reasons: &[CancellationReason], code: &str) -> bool {
    reasons.iter().any(|reason| reason.code() == Some(code))
}

/// Doubles each time, and is another one for each row: those that have met once do not meet again.
fn pause(id: &str, attempt: u32) -> Duration {
    let bound = 10 << attempt;
    Duration::from_millis(bound + u64::from(due::sum(id)) % bound)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reasons(codes: &[&str]) -> Vec<CancellationReason> {
        codes.iter().map(|code| CancellationReason::builder().code(*code).build()).collect()
    }

    #[test]
    fn a_row_that_has_changed_and_a_count_that_is_being_changed_are_read_again() {
        assert!(told(&reasons(&["ConditionalCheckFailed", "None"]), "ConditionalCheckFailed"));
        assert!(told(&reasons(&["None", "TransactionConflict"]), "TransactionConflict"));
        for codes in [&["None", "ThrottlingError"][..], &["ValidationError", "None"], &[]] {
            assert!(!told(&reasons(codes), "TransactionConflict"), "{codes:?}");
        }
    }

    #[test]
    fn rows_that_met_once_wait_for_different_times() {
        let first: BTreeMap<Duration, &str> = ["u-1", "u-2", "u-3"].map(|id| (pause(id, 4), id)).into();
        assert_eq!(first.len(), 3);
        assert!(pause("u-1", 0) < pause("u-1", 3));
    }
}
