//! SQS through the AWS SDK's own client: the embedded endpoint, or the engine that `SQS_ENDPOINT` names.

#[path = "../support/mod.rs"]
mod support;

mod bench;

mod adapter;
mod batches;
mod dead_letters;
mod holding;
mod mapping;
mod messages;
mod polling;
mod protocol;
mod queues;
mod restart;
