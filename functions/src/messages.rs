//! Messages as a queue delivers them: at least once, several together, in no order.

use std::time::Duration;

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsMessage};
use aws_sdk_dynamodb::error::BoxError;
use chrono::{DateTime, Utc};
use infra_aws::queue::Queue;
use serde::de::DeserializeOwned;

/// Tells the queue which messages of a batch come again, each after a while; all others are done.
pub(crate) async fn response(queue: &Queue, again: &[(&SqsMessage, Duration)]) -> SqsBatchResponse {
    let handles = again.iter().filter_map(|(message, wait)| Some((message.receipt_handle.clone()?, *wait)));
    queue.put_off(&handles.collect::<Vec<_>>()).await;
    let mut response = SqsBatchResponse::default();
    response.batch_item_failures = again.iter().map(|(message, _)| failure(message)).collect();
    response
}

/// When the invocation ends. Some runtimes for development tell a time limit of 1970.
pub(crate) fn deadline(told: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    told.filter(|told| *told > now)
}

/// What a message says.
///
/// # Errors
/// When it says nothing of the kind. What serde says of a message quotes it, so that is left out.
pub(crate) fn read<T: DeserializeOwned>(message: &SqsMessage) -> Result<T, BoxError> {
    let body = message.body.as_deref().unwrap_or_default();
    serde_json::from_str(body).map_err(|_| "a message cannot be read".into())
}

/// Whoever works on one delivery of a message: one that died must not be taken for the next.
pub(crate) fn owner(message: &SqsMessage) -> String {
    let count = message.attributes.get("ApproximateReceiveCount").map_or("", String::as_str);
    format!("{}/{count}", message.message_id.as_deref().unwrap_or_default())
}

fn failure(message: &SqsMessage) -> BatchItemFailure {
    let mut failure = BatchItemFailure::default();
    failure.item_identifier = message.message_id.clone().unwrap_or_default();
    failure
}
