use std::iter;

use aws_sdk_dynamodb::{
    error::{BuildError, SdkError},
    operation::transact_write_items::TransactWriteItemsError,
    types::{Delete, Put, ReturnConsumedCapacity, ReturnValuesOnConditionCheckFailure, TransactWriteItem},
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use crate::{
    Cost, DynamoEventStore, StoreError, StreamId,
    cancellation::cancelled,
    change::Change,
    claim::KeyedClaim,
    cost::Meter,
    item::{self, Item, SNAPSHOT, map, number, text},
    sdk_error::classify,
    setback::Setback,
    write::{IF_FREE, Outcome, Transacted},
};

/// A claim of our own is no obstacle: a create that repeats itself meets it.
const IF_FREE_OR_OURS: &str = "attribute_not_exists(pk) OR o = :me";

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
                not_transacted(error, changes)
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

    fn change(&self, stream: &StreamId, change: &Change) -> Result<TransactWriteItem, BuildError> {
        match change {
            Change::Take(claim) => self.take(stream, claim),
            Change::Release(claim) => self.release(stream, claim),
        }
    }

    fn commit(&self, item: Item) -> Result<TransactWriteItem, BuildError> {
        let put = Put::builder()
            .table_name(&*self.table)
            .set_item(Some(item))
            .condition_expression(IF_FREE)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    fn take(&self, stream: &StreamId, claim: &KeyedClaim) -> Result<TransactWriteItem, BuildError> {
        let mut item = item_key(claim);
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
            .set_key(Some(item_key(claim)))
            .condition_expression(IF_FREE_OR_OURS)
            .expression_attribute_values(":me", text(stream.to_string()))
            .build()?;
        Ok(TransactWriteItem::builder().delete(delete).build())
    }
}

fn item_key(claim: &KeyedClaim) -> Item {
    map([(item::PARTITION, text(claim.partition_key.clone())), (item::SORT, number(0))])
}

fn not_transacted(
    error: SdkError<TransactWriteItemsError, HttpResponse>,
    changes: &[Change],
) -> Result<Transacted, StoreError> {
    match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(answer)) => {
            cancelled(answer.cancellation_reasons(), changes)
        }
        // An earlier try of this very request is still under way.
        Some(TransactWriteItemsError::TransactionInProgressException(_)) => {
            Ok(Transacted::Ended(Outcome::Again(Setback::Busy)))
        }
        _ => Err(classify(error)),
    }
}
