use aws_sdk_dynamodb::{
    error::SdkError,
    operation::put_item::PutItemError,
    types::{ReturnConsumedCapacity, ReturnValuesOnConditionCheckFailure},
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use crate::{
    Cost, DynamoEventStore, StoreError,
    claim::ClaimChanges,
    cost::Meter,
    draft::Draft,
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

/// No commit, and no claim either, is ever written over another.
pub(crate) const IF_FREE: &str = "attribute_not_exists(pk)";

impl DynamoEventStore {
    /// Writes a commit at its number, and what it changes of the stream's claims, all or nothing.
    pub(crate) async fn write(
        &self,
        draft: &Draft,
        claims: &ClaimChanges,
        meter: &Meter,
    ) -> Result<Outcome, StoreError> {
        let item = draft.to_item()?;
        // A transaction costs twice as much, so it is used for claims only.
        if claims.is_empty() {
            self.put(item, meter).await
        } else {
            self.transact(&draft.commit.stream, item, claims, meter).await
        }
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
        _ => Err(classify(error)),
    }
}
