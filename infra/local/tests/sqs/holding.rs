//! Holding a message for longer than the queue does, or for less.

use aws_sdk_sqs::{
    error::SdkError,
    operation::change_message_visibility::{ChangeMessageVisibilityError, ChangeMessageVisibilityOutput},
};

use crate::bench::{BRIEFLY, Bench, bench, depth, embedded};

/// Asks that the message be hidden for so many seconds from now on.
async fn hold(
    bench: &Bench,
    queue: &str,
    handle: &str,
    seconds: i32,
) -> Result<ChangeMessageVisibilityOutput, SdkError<ChangeMessageVisibilityError>> {
    let change = bench.client.change_message_visibility().queue_url(queue).receipt_handle(handle);
    change.visibility_timeout(seconds).send().await
}

#[tokio::test]
async fn a_receiver_may_hold_a_message_longer_or_give_it_back_at_once() {
    let bench = bench().await;
    let queue = bench.brief_queue("steps").await;
    bench.send(&queue, "x").await;
    let handle = bench.receive_one(&queue).await.receipt_handle.expect("a handle");
    let hold = |seconds| hold(&bench, &queue, &handle, seconds);

    hold(100).await.expect("changed");
    bench.seconds_pass(BRIEFLY).await;
    assert!(bench.receive(&queue).await.is_empty());

    hold(0).await.expect("changed");
    assert_eq!(bench.depth(&queue).await, depth(1, 0, 0));
    bench.receive_one(&queue).await;
}

#[tokio::test]
async fn only_who_holds_a_message_may_hold_it_longer() {
    let bench = embedded().await;
    let queue = bench.brief_queue("steps").await;
    bench.send(&queue, "x").await;
    let handle = bench.receive_one(&queue).await.receipt_handle.expect("a handle");
    let hold = |seconds| hold(&bench, &queue, &handle, seconds);

    bench.seconds_pass(BRIEFLY).await;
    bench.refused(hold(10).await, "AWS.SimpleQueueService.MessageNotInflight");
    bench.receive_one(&queue).await;
    bench.refused(hold(10).await, "InvalidParameterValue");
}

#[tokio::test]
async fn a_message_is_held_for_twelve_hours_at_most_counted_from_when_it_was_received() {
    let bench = embedded().await;
    let queue = bench.queue("steps").await;
    bench.send(&queue, "x").await;
    let handle = bench.receive_one(&queue).await.receipt_handle.expect("a handle");
    let hold = |seconds| hold(&bench, &queue, &handle, seconds);

    bench.refused(hold(43_201).await, "InvalidParameterValue");
    hold(43_200).await.expect("changed");
    bench.seconds_pass(1).await;
    bench.refused(hold(43_200).await, "InvalidParameterValue");
    hold(43_199).await.expect("changed");
}
