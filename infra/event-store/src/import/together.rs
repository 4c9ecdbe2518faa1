use aws_sdk_dynamodb::{
    error::SdkError,
    operation::transact_write_items::TransactWriteItemsError,
    types::{CancellationReason, ReturnConsumedCapacity},
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use crate::{
    Cost, DynamoEventStore, StoreError, StreamId,
    cancellation::{cancelled, is_condition, setback},
    change::Change,
    cost::Meter,
    item::Item,
    sdk_error::classify,
    setback::Setback,
    write::{Outcome, Transacted},
};

/// How a transaction of several commits ended that DynamoDB answered.
pub(super) enum Together {
    Written,
    /// Nothing was written: at these places, something was there.
    Present(Vec<(usize, Option<Item>)>),
    /// Nothing was written; the same may succeed.
    Again(Setback),
}

impl DynamoEventStore {
    /// Writes commits of one stream, and what changes beside it, all or nothing.
    pub(super) async fn write_together(
        &self,
        stream: &StreamId,
        commits: Vec<Item>,
        changes: &[Change],
        meter: &Meter,
    ) -> Result<Together, StoreError> {
        let count = commits.len();
        let commits = commits.into_iter().map(|item| self.commit(item));
        let changed = changes.iter().map(|change| self.change(stream, change));
        let items = commits.chain(changed).collect::<Result<Vec<_>, _>>();
        let request = self
            .client
            .transact_write_items()
            .set_transact_items(Some(items.expect("every item names its table, key and condition")))
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        match request.send().await {
            Ok(output) => {
                meter.add(Cost::of_write(output.consumed_capacity()));
                Ok(Together::Written)
            }
            Err(error) => {
                meter.add(Cost::TRIP);
                not_written(error, stream, count, changes)
            }
        }
    }
}

fn not_written(
    error: SdkError<TransactWriteItemsError, HttpResponse>,
    stream: &StreamId,
    commits: usize,
    changes: &[Change],
) -> Result<Together, StoreError> {
    match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(answer)) => {
            why(answer.cancellation_reasons(), stream, commits, changes)
        }
        Some(TransactWriteItemsError::TransactionInProgressException(_)) => {
            Ok(Together::Again(Setback::Busy))
        }
        _ => Err(classify(error)),
    }
}

fn why(
    reasons: &[CancellationReason],
    stream: &StreamId,
    commits: usize,
    changes: &[Change],
) -> Result<Together, StoreError> {
    let of_commits = reasons.iter().take(commits).enumerate();
    let present = of_commits.filter(|(_, reason)| is_condition(reason));
    let present: Vec<_> = present.map(|(place, reason)| (place, reason.item().cloned())).collect();
    if !present.is_empty() {
        return Ok(Together::Present(present));
    }
    if let Some(setback) = setback(reasons) {
        return Ok(Together::Again(setback));
    }
    // What is left is about the changes, which follow the last commit.
    match cancelled(reasons.get(commits - 1..).unwrap_or_default(), stream, changes)? {
        Transacted::Ended(Outcome::Again(setback)) => Ok(Together::Again(setback)),
        Transacted::Ended(Outcome::Written { .. } | Outcome::Occupied(_)) | Transacted::NotHeld(_) => {
            unreachable!("no commit is in the way, and an import gives nothing up")
        }
    }
}
