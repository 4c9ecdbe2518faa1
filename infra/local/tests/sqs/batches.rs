//! Batches: each entry for itself, and the rules for all of them.

use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry, SendMessageBatchRequestEntry,
};

use crate::bench::{bench, bodies, depth, embedded};

fn entry(id: &str, body: impl Into<String>) -> SendMessageBatchRequestEntry {
    SendMessageBatchRequestEntry::builder().id(id).message_body(body).build().expect("complete")
}

#[tokio::test]
async fn a_bad_entry_fails_alone() {
    let bench = bench().await;
    let queue = bench.queue("steps").await;
    let send = bench.client.send_message_batch().queue_url(&queue);
    let answer = send
        .entries(entry("a", "one"))
        .entries(entry("b", "\u{0}"))
        .entries(entry("c", "three"))
        .send()
        .await
        .expect("answered");
    let sent: Vec<_> = answer.successful().iter().map(|entry| entry.id()).collect();
    assert_eq!(sent, ["a", "c"]);
    let failed: Vec<_> = answer.failed().iter().map(|entry| (entry.id(), entry.sender_fault())).collect();
    assert_eq!(failed, [("b", true)]);
    bench.says(Some(answer.failed()[0].code()), "InvalidMessageContents");
    assert_eq!(bodies(&bench.receive(&queue).await), ["one", "three"]);
}

#[tokio::test]
async fn a_batch_that_breaks_a_rule_is_refused_whole() {
    let bench = bench().await;
    let queue = bench.queue("steps").await;
    let send = |entries: Vec<_>| {
        bench.client.send_message_batch().queue_url(&queue).set_entries(Some(entries)).send()
    };
    let eleven = (0..11).map(|n| entry(&n.to_string(), "x")).collect();
    let too_long = vec![entry("a", "x".repeat(600_000)), entry("b", "x".repeat(600_000))];

    bench.refused(send(eleven).await, "AWS.SimpleQueueService.TooManyEntriesInBatchRequest");
    let twice = vec![entry("a", "x"), entry("a", "y")];
    bench.refused(send(twice).await, "AWS.SimpleQueueService.BatchEntryIdsNotDistinct");
    bench.refused(send(too_long).await, "AWS.SimpleQueueService.BatchRequestTooLong");
    assert_eq!(bench.depth(&queue).await, depth(0, 0, 0));
}

#[tokio::test]
async fn an_empty_batch_and_one_with_odd_ids_are_refused() {
    let bench = embedded().await;
    let queue = bench.queue("steps").await;
    let send = |entries: Vec<_>| {
        bench.client.send_message_batch().queue_url(&queue).set_entries(Some(entries)).send()
    };
    bench.refused(send(vec![]).await, "AWS.SimpleQueueService.EmptyBatchRequest");
    bench.refused(send(vec![entry("a b", "x")]).await, "AWS.SimpleQueueService.InvalidBatchEntryId");
    assert_eq!(bench.depth(&queue).await, depth(0, 0, 0));
}

#[tokio::test]
async fn a_batch_deletes_and_gives_back_entry_by_entry() {
    let bench = bench().await;
    let queue = bench.queue("steps").await;
    bench.send(&queue, "done").await;
    bench.send(&queue, "again").await;
    let received = bench.receive(&queue).await;
    let handle = |n: usize| received[n].receipt_handle().expect("a handle").to_owned();

    let delete = |id: &str, handle: String| {
        DeleteMessageBatchRequestEntry::builder().id(id).receipt_handle(handle).build().expect("complete")
    };
    let answer = bench.client.delete_message_batch().queue_url(&queue);
    let answer =
        answer.entries(delete("a", handle(0))).entries(delete("b", "nonsense".to_owned())).send().await;
    let answer = answer.expect("answered");
    assert_eq!(answer.successful()[0].id(), "a");
    assert_eq!(answer.failed()[0].id(), "b");
    bench.says(Some(answer.failed()[0].code()), "ReceiptHandleIsInvalid");

    let give_back = |id: &str, handle: String| {
        let entry = ChangeMessageVisibilityBatchRequestEntry::builder().id(id).receipt_handle(handle);
        entry.visibility_timeout(0).build().expect("complete")
    };
    let answer = bench.client.change_message_visibility_batch().queue_url(&queue);
    let answer = answer.entries(give_back("a", handle(0))).entries(give_back("b", handle(1))).send().await;
    let answer = answer.expect("answered");
    assert_eq!(answer.successful()[0].id(), "b");
    assert_eq!(answer.failed()[0].id(), "a");
    bench.says(Some(answer.failed()[0].code()), "InvalidParameterValue");
    assert_eq!(bench.receive_one(&queue).await.body(), Some("again"));
}
