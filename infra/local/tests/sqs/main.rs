//! The embedded SQS endpoint, through the AWS SDK's own client over loopback.

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
