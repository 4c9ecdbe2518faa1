use aws_sdk_dynamodb::{
    error::{ProvideErrorMetadata as _, SdkError},
    operation::put_item::PutItemError,
    types::{ReturnConsumedCapacity, ReturnValuesOnConditionCheckFailure},
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use crate::{
    Cost, DynamoEventStore, StoreError, StreamId,
    change::Change,
    cost::Meter,
    item::{Item, SNAPSHOT},
    sdk_error::classify,
    setback::Setback,
};

/// How a write ended that DynamoDB answered.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// The snapshot may have been left out.
    Written { with_snapshot: bool },
    /// The number was taken: by this commit, if the engine returned it.
    Occupied(Option<Item>),
    /// Nothing was written; the same write may succeed.
    Again(Setback),
}

/// How a transaction ended that DynamoDB answered.
#[derive(Debug)]
pub(crate) enum Transacted {
    Ended(Outcome),
    /// Nothing was written: of the changes, this one would give up what our stream does not have. A claim's
    /// kind, or a roster, is younger than our stream, which has nothing to release, or to leave. It stays so
    /// until the commit is written: only a commit of our stream could change it.
    NotHeld(usize),
}

/// No commit, and no claim either, is ever written over another.
pub(crate) const IF_FREE: &str = "attribute_not_exists(pk)";

impl DynamoEventStore {
    /// Writes a commit at its number, and what it changes beside its stream, all or nothing.
    pub(crate) async fn write(
        &self,
        stream: &StreamId,
        commit: Item,
        mut changes: Vec<Change>,
        meter: &Meter,
    ) -> Result<Outcome, StoreError> {
        // A transaction costs twice as much, so it is used for changes only.
        while !changes.is_empty() {
            match self.transact(stream, commit.clone(), &changes, meter).await? {
                Transacted::NotHeld(place) => drop(changes.remove(place)),
                Transacted::Ended(outcome) => return Ok(outcome),
            }
        }
        self.put(commit, meter).await
    }

    async fn put(&self, item: Item, meter: &Meter) -> Result<Outcome, StoreError> {
        let with_snapshot = item.contains_key(SNAPSHOT);
        let request = self
            .client
            .put_item()
            .table_name(&*self.table)
            .set_item(Some(item))
            .condition_expression(IF_FREE)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        match request.send().await {
            Ok(output) => {
                meter.add(Cost::of_write(output.consumed_capacity()));
                Ok(Outcome::Written { with_snapshot })
            }
            Err(error) => {
                meter.add(Cost::TRIP);
                not_put(error)
            }
        }
    }
}

fn not_put(error: SdkError<PutItemError, HttpResponse>) -> Result<Outcome, StoreError> {
    match error.as_service_error() {
        Some(PutItemError::ConditionalCheckFailedException(failed)) => {
            Ok(Outcome::Occupied(failed.item().cloned()))
        }
        Some(PutItemError::TransactionConflictException(_)) => Ok(Outcome::Again(Setback::Busy)),
        // Of a global table: another region is writing the same item.
        Some(other) if other.code() == Some("ReplicatedWriteConflictException") => {
            Ok(Outcome::Again(Setback::Busy))
        }
        _ => Err(classify(error)),
    }
}
