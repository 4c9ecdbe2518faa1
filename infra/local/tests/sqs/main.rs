//! SQS through the AWS SDK's own client: the embedded endpoint, or the engine that `SQS_ENDPOINT` names.

#[path = "../support/mod.rs"]
mod support;

mod bench;

mod batches;
mod dead_letters;
mod messages;
mod polling;
mod protocol;
mod queues;
mod restart;
