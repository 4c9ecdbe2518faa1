use std::iter;

use aws_sdk_dynamodb::{
    error::{BuildError, SdkError},
    operation::transact_write_items::TransactWriteItemsError,
    types::{
        AttributeValue, Delete, Put, ReturnConsumedCapacity, ReturnValuesOnConditionCheckFailure,
        TransactWriteItem, Update,
    },
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use crate::{
    Cost, DynamoEventStore, StoreError, StreamId,
    cancellation::cancelled,
    change::Change,
    claim::KeyedClaim,
    cost::Meter,
    item::{self, Item, SNAPSHOT, map, number, text},
    roster::KeyedRoster,
    sdk_error::classify,
    setback::Setback,
    write::{IF_FREE, Outcome, Transacted},
};

/// A claim of our own is no obstacle: a create that repeats itself meets it.
const IF_FREE_OR_OURS: &str = "attribute_not_exists(pk) OR o = :me";

/// A roster never loses its last member.
const IF_ONE_OF_SEVERAL: &str = "size(m) > :one AND contains(m, :me)";

impl DynamoEventStore {
    /// Writes a commit together with its changes. The SDK gives the request a token, by which DynamoDB
    /// recognises a repeated try of a transaction that had succeeded.
    pub(crate) async fn transact(
        &self,
        stream: &StreamId,
        commit: Item,
        changes: &[Change],
        meter: &Meter,
    ) -> Result<Transacted, StoreError> {
        let with_snapshot = commit.contains_key(SNAPSHOT);
        let items =
            self.items(stream, commit, changes).expect("every item names its table, key and condition");
        let request = self
            .client
            .transact_write_items()
            .set_transact_items(Some(items))
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        match request.send().await {
            Ok(output) => {
                meter.add(Cost::of_write(output.consumed_capacity()));
                Ok(Transacted::Ended(Outcome::Written { with_snapshot }))
            }
            Err(error) => {
                meter.add(Cost::TRIP);
                not_transacted(error, stream, changes)
            }
        }
    }

    /// The commit comes first, then the changes in their order: [`cancelled`] counts on it.
    fn items(
        &self,
        stream: &StreamId,
        commit: Item,
        changes: &[Change],
    ) -> Result<Vec<TransactWriteItem>, BuildError> {
        let changes = changes.iter().map(|change| self.change(stream, change));
        iter::once(self.commit(commit)).chain(changes).collect()
    }

    pub(crate) fn change(&self, stream: &StreamId, change: &Change) -> Result<TransactWriteItem, BuildError> {
        match change {
            Change::Take(claim) => self.take(stream, claim),
            Change::Release(claim) => self.release(stream, claim),
            Change::Join(roster) => self.join(stream, roster),
            Change::Leave(roster) => self.leave(stream, roster),
        }
    }

    pub(crate) fn commit(&self, item: Item) -> Result<TransactWriteItem, BuildError> {
        let put = Put::builder()
            .table_name(&*self.table)
            .set_item(Some(item))
            .condition_expression(IF_FREE)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    fn take(&self, stream: &StreamId, claim: &KeyedClaim) -> Result<TransactWriteItem, BuildError> {
        let mut item = key(&claim.partition_key);
        item.extend(map([(item::KIND, text(item::CLAIM)), (item::OWNER, text(stream.to_string()))]));
        let put = Put::builder()
            .table_name(&*self.table)
            .set_item(Some(item))
            .condition_expression(IF_FREE_OR_OURS)
            .expression_attribute_values(":me", text(stream.to_string()))
            .build()?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// A claim that is not there needs no release: its kind may be younger than the stream.
    fn release(&self, stream: &StreamId, claim: &KeyedClaim) -> Result<TransactWriteItem, BuildError> {
        let delete = Delete::builder()
            .table_name(&*self.table)
            .set_key(Some(key(&claim.partition_key)))
            .condition_expression(IF_FREE_OR_OURS)
            .expression_attribute_values(":me", text(stream.to_string()))
            .build()?;
        Ok(TransactWriteItem::builder().delete(delete).build())
    }

    /// Whoever is a member already stays one.
    fn join(&self, stream: &StreamId, roster: &KeyedRoster) -> Result<TransactWriteItem, BuildError> {
        let update = Update::builder()
            .table_name(&*self.table)
            .set_key(Some(key(&roster.partition_key)))
            .update_expression("SET k = :roster ADD m :us")
            .expression_attribute_values(":roster", text(item::ROSTER))
            .expression_attribute_values(":us", only(stream))
            .build()?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    /// Why it failed is told by the roster, which comes back with the refusal.
    fn leave(&self, stream: &StreamId, roster: &KeyedRoster) -> Result<TransactWriteItem, BuildError> {
        let update = Update::builder()
            .table_name(&*self.table)
            .set_key(Some(key(&roster.partition_key)))
            .update_expression("DELETE m :us")
            .condition_expression(IF_ONE_OF_SEVERAL)
            .expression_attribute_values(":us", only(stream))
            .expression_attribute_values(":me", text(stream.to_string()))
            .expression_attribute_values(":one", number(1))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()?;
        Ok(TransactWriteItem::builder().update(update).build())
    }
}

/// The set of this one stream.
fn only(stream: &StreamId) -> AttributeValue {
    AttributeValue::Ss(vec![stream.to_string()])
}

fn key(partition_key: &str) -> Item {
    map([(item::PARTITION, text(partition_key)), (item::SORT, number(0))])
}

fn not_transacted(
    error: SdkError<TransactWriteItemsError, HttpResponse>,
    stream: &StreamId,
    changes: &[Change],
) -> Result<Transacted, StoreError> {
    match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(answer)) => {
            cancelled(answer.cancellation_reasons(), stream, changes)
        }
        // An earlier try of this very request is still under way.
        Some(TransactWriteItemsError::TransactionInProgressException(_)) => {
            Ok(Transacted::Ended(Outcome::Again(Setback::Busy)))
        }
        _ => Err(classify(error)),
    }
}
