//! Dead letters, and bringing them back.

use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};

use crate::bench::{BRIEFLY, Bench, bench, bodies, depth, embedded, system_attribute};

/// Receives `queue` until each message there has failed `times`.
async fn fail(bench: &Bench, queue: &str, times: u32) -> Vec<Message> {
    let mut received = Vec::new();
    for _ in 0..times {
        received = bench.receive(queue).await;
        assert!(!received.is_empty());
        bench.seconds_pass(BRIEFLY).await;
    }
    received
}

#[tokio::test]
async fn a_message_received_too_often_becomes_a_dead_letter() {
    let bench = bench().await;
    let (queue, dead) = bench.queue_with_dead_letters("steps", 3).await;
    let id = bench.send(&queue, "poison").await;
    let failed = fail(&bench, &queue, 3).await;
    assert_eq!(bench.depth(&dead).await, depth(0, 0, 0));

    assert!(bench.receive(&queue).await.is_empty());
    let letter = bench.receive_one(&dead).await;
    assert_eq!((letter.message_id(), letter.body()), (Some(id.as_str()), Some("poison")));
    let told = |name| system_attribute(&letter, name);
    assert_eq!(
        told(MessageSystemAttributeName::DeadLetterQueueSourceArn),
        Some(bench.arn(&queue).await.as_str())
    );
    assert_eq!(
        told(MessageSystemAttributeName::SentTimestamp),
        system_attribute(&failed[0], MessageSystemAttributeName::SentTimestamp),
    );
    bench.delete_in_vain(&queue, &failed[0]).await;
    assert_eq!(bench.depth(&dead).await, depth(0, 1, 0));
}

#[tokio::test]
async fn a_page_of_dead_letters_does_not_hide_what_lies_behind_it() {
    let bench = bench().await;
    let (queue, dead) = bench.queue_with_dead_letters("steps", 1).await;
    for _ in 0..10 {
        bench.send(&queue, "poison").await;
    }
    fail(&bench, &queue, 1).await;
    bench.send(&queue, "good").await;

    assert_eq!(bench.receive_one(&queue).await.body(), Some("good"));
    assert_eq!(bench.depth(&dead).await, depth(10, 0, 0));
}

#[tokio::test]
async fn a_move_task_brings_dead_letters_back_to_where_they_failed() {
    let bench = bench().await;
    let (queue, dead) = bench.queue_with_dead_letters("steps", 1).await;
    bench.send(&queue, "poison").await;
    fail(&bench, &queue, 1).await;
    assert!(bench.receive(&queue).await.is_empty());

    let start = bench.client.start_message_move_task().source_arn(bench.arn(&dead).await);
    assert!(start.send().await.expect("moved").task_handle().is_some());

    let back = bench.receive_one(&queue).await;
    assert_eq!(back.body(), Some("poison"));
    let count = system_attribute(&back, MessageSystemAttributeName::ApproximateReceiveCount);
    assert_eq!(count, Some("1"));
    assert_eq!(bench.depth(&dead).await, depth(0, 0, 0));
}

#[tokio::test]
async fn what_a_move_task_brings_back_is_a_new_message() {
    let bench = embedded().await;
    let (_, dead) = bench.queue_with_dead_letters("steps", 1).await;
    let elsewhere = bench.queue("elsewhere").await;
    let id = bench.send(&dead, "x").await;
    let start = bench.client.start_message_move_task().source_arn(bench.arn(&dead).await);
    start.destination_arn(bench.arn(&elsewhere).await).send().await.expect("moved");
    assert_ne!(bench.receive_one(&elsewhere).await.message_id(), Some(id.as_str()));
}

#[tokio::test]
async fn a_move_task_leaves_what_never_failed_anywhere() {
    let bench = embedded().await;
    let (queue, dead) = bench.queue_with_dead_letters("steps", 1).await;
    bench.send(&dead, "never failed anywhere").await;
    bench.client.start_message_move_task().source_arn(bench.arn(&dead).await).send().await.expect("moved");
    assert_eq!(bench.depth(&queue).await, depth(0, 0, 0));
    assert_eq!(bodies(&bench.receive(&dead).await), ["never failed anywhere"]);
}

#[tokio::test]
async fn a_move_task_may_name_another_destination() {
    let bench = bench().await;
    let (_, dead) = bench.queue_with_dead_letters("steps", 1).await;
    let elsewhere = bench.queue("elsewhere").await;
    bench.send(&dead, "x").await;
    let start = bench.client.start_message_move_task().source_arn(bench.arn(&dead).await);
    start.destination_arn(bench.arn(&elsewhere).await).send().await.expect("moved");
    assert_eq!(bench.receive_one(&elsewhere).await.body(), Some("x"));
}

#[tokio::test]
async fn a_move_task_says_afterwards_how_many_it_has_moved() {
    let bench = embedded().await;
    let (queue, dead) = bench.queue_with_dead_letters("steps", 1).await;
    let (source, destination) = (bench.arn(&dead).await, bench.arn(&queue).await);
    let tasks = async || {
        let listed = bench.client.list_message_move_tasks().source_arn(&source).max_results(10).send().await;
        listed.expect("listed").results.unwrap_or_default()
    };
    assert!(tasks().await.is_empty());
    for bodies in [&["x", "y"][..], &[]] {
        for body in bodies {
            bench.send(&dead, body).await;
        }
        let start = bench.client.start_message_move_task().source_arn(&source).destination_arn(&destination);
        start.max_number_of_messages_per_second(50).send().await.expect("moved");
    }
    let told = tasks().await;
    let moved: Vec<_> = told.iter().map(|task| task.approximate_number_of_messages_moved()).collect();
    assert_eq!(moved, [0, 2], "the newest first");
    assert!(told.iter().all(|task| task.status() == Some("COMPLETED")));
    assert_eq!(told[0].destination_arn(), Some(destination.as_str()));
    let many = bench.client.list_message_move_tasks().source_arn(&source).max_results(11).send().await;
    bench.refused(many, "InvalidParameterValue");
}

#[tokio::test]
async fn only_dead_letter_queues_can_be_moved() {
    let bench = embedded().await;
    let arn = bench.arn(&bench.queue("steps").await).await;
    let start = |arn: &str| bench.client.start_message_move_task().source_arn(arn).send();
    bench.refused(start(&arn).await, "InvalidParameterValue");
    bench.refused(start(&format!("{arn}-nowhere")).await, "ResourceNotFoundException");
}

#[tokio::test]
async fn a_dead_letter_queue_knows_its_sources() {
    let bench = bench().await;
    let (queue, dead) = bench.queue_with_dead_letters("steps", 3).await;
    bench.queue("unrelated").await;
    let list = bench.client.list_dead_letter_source_queues().queue_url(dead).send().await;
    assert_eq!(list.expect("listed").queue_urls(), [queue]);
}
