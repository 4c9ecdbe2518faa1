//! What a file brings back.

use infra_local::clock::ManualClock;

use crate::{
    bench::{BRIEFLY, Bench, depth},
    support::Folder,
};
use chrono::{DateTime, Duration};

#[tokio::test]
async fn a_file_brings_back_queues_messages_and_what_was_in_flight() {
    let folder = Folder::new("sqs");
    let (kept, clock) =
        (folder.file("sqs.sqlite"), ManualClock::new(DateTime::UNIX_EPOCH + Duration::days(9)));
    let before = Bench::open(&kept, clock.clone()).await;
    let (queue, dead) = before.queue_with_dead_letters("steps", 2).await;
    for body in ["in flight", "waiting"] {
        before.send(&queue, body).await;
    }
    let receive = before.client.receive_message().queue_url(&queue).send().await.expect("answered");
    let held = receive.messages.expect("a message").remove(0);
    let late = before.client.send_message().queue_url(&queue).message_body("late").delay_seconds(900);
    late.send().await.expect("sent");

    let after = Bench::open(&kept, clock).await;
    assert_eq!(after.depth(&queue).await, depth(1, 1, 1));
    assert_eq!(after.receive_one(&queue).await.body(), Some("waiting"));
    after.delete(&queue, &held).await;
    after.seconds_pass(BRIEFLY).await;
    assert_eq!(after.receive_one(&queue).await.body(), Some("waiting"));
    after.seconds_pass(BRIEFLY).await;
    assert!(after.receive(&queue).await.is_empty());
    assert_eq!(after.depth(&dead).await, depth(1, 0, 0));
}
