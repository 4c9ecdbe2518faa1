//! The life of a message: sent, received, hidden, deleted, expired.

use aws_sdk_sqs::{
    primitives::Blob,
    types::{MessageAttributeValue, MessageSystemAttributeName, QueueAttributeName},
};

use crate::bench::{bench, bodies, depth, refused, system_attribute};

#[tokio::test]
async fn a_message_is_sent_received_and_deleted() {
    let bench = bench().await;
    let queue = bench.queue("steps").await;
    let id = bench.send(&queue, "link roles").await;

    let message = bench.receive_one(&queue).await;
    assert_eq!(message.body(), Some("link roles"));
    assert_eq!(message.message_id(), Some(id.as_str()));
    assert_eq!(bench.depth("steps").await, depth(0, 1, 0));

    bench.delete(&queue, &message).await;
    assert_eq!(bench.depth("steps").await, depth(0, 0, 0));
    bench.delete(&queue, &message).await;
}

#[tokio::test]
async fn messages_come_in_the_order_in_which_they_were_sent() {
    let bench = bench().await;
    let queue = bench.queue("steps").await;
    for body in ["one", "two", "three"] {
        bench.send(&queue, body).await;
    }
    assert_eq!(bodies(&bench.receive(&queue).await), ["one", "two", "three"]);
}

#[tokio::test]
async fn a_body_keeps_every_character_and_is_digested_as_utf8() {
    let bench = bench().await;
    let queue = bench.queue("steps").await;
    let body = "Grüße, 世界 🚀";
    let sent = bench.client.send_message().queue_url(&queue).message_body(body).send().await.expect("sent");
    let message = bench.receive_one(&queue).await;
    assert_eq!(message.body(), Some(body));
    assert_eq!(sent.md5_of_message_body(), Some("1a8d673a503ec1d34d27d68d14a2ddfc"));
    assert_eq!(message.md5_of_body(), sent.md5_of_message_body());
}

#[tokio::test]
async fn attributes_travel_with_the_message_and_only_those_asked_for_arrive() {
    let bench = bench().await;
    let queue = bench.queue("steps").await;
    let text = |data_type: &str, value: &str| {
        MessageAttributeValue::builder().data_type(data_type).string_value(value).build().expect("complete")
    };
    let seal =
        MessageAttributeValue::builder().data_type("Binary").binary_value(Blob::new([0, 159, 146, 150]));
    let send = bench.client.send_message().queue_url(&queue).message_body("x");
    let sent = send
        .message_attributes("city", text("String", "Zürich"))
        .message_attributes("attempt", text("Number.int", "3"))
        .message_attributes("seal", seal.build().expect("complete"))
        .send()
        .await
        .expect("sent");
    assert_eq!(sent.md5_of_message_attributes(), Some("db8c83d6446f7f89601a0700bf9dd49b"));

    let all = bench.receive_one(&queue).await;
    assert_eq!(all.md5_of_message_attributes(), sent.md5_of_message_attributes());
    let seal = all.message_attributes().and_then(|attributes| attributes["seal"].binary_value());
    assert_eq!(seal.expect("bytes").as_ref(), [0, 159, 146, 150]);

    bench.seconds_pass(30);
    let some = bench.client.receive_message().queue_url(&queue).message_attribute_names("ci.*").send().await;
    let some = some.expect("answered").messages.expect("a message").remove(0);
    assert_eq!(some.message_attributes().expect("attributes").keys().collect::<Vec<_>>(), ["city"]);
    assert!(some.attributes().is_none());
}

#[tokio::test]
async fn a_message_that_is_not_deleted_comes_back_when_its_time_is_up() {
    let bench = bench().await;
    let queue = bench.queue("steps").await;
    bench.send(&queue, "x").await;
    let sent_at = bench.clock.now().timestamp_millis().to_string();
    bench.seconds_pass(1);
    let first_at = bench.clock.now().timestamp_millis().to_string();
    let first = bench.receive_one(&queue).await;

    bench.seconds_pass(29);
    assert!(bench.receive(&queue).await.is_empty());
    bench.seconds_pass(1);
    let second = bench.receive_one(&queue).await;

    let told = |name| system_attribute(&second, name);
    assert_eq!(told(MessageSystemAttributeName::ApproximateReceiveCount), Some("2"));
    assert_eq!(told(MessageSystemAttributeName::SentTimestamp), Some(sent_at.as_str()));
    assert_eq!(told(MessageSystemAttributeName::ApproximateFirstReceiveTimestamp), Some(first_at.as_str()));
    assert!(told(MessageSystemAttributeName::SenderId).is_some());
    assert_ne!(first.receipt_handle(), second.receipt_handle());
}

#[tokio::test]
async fn the_handle_of_an_earlier_receive_deletes_nothing() {
    let bench = bench().await;
    let queue = bench.queue("steps").await;
    bench.send(&queue, "x").await;
    let first = bench.receive_one(&queue).await;
    bench.seconds_pass(30);
    bench.receive_one(&queue).await;

    bench.delete(&queue, &first).await;
    assert_eq!(bench.depth("steps").await, depth(0, 1, 0));
}

#[tokio::test]
async fn a_late_deletion_counts_as_long_as_no_one_else_has_received_the_message() {
    let bench = bench().await;
    let queue = bench.queue("steps").await;
    bench.send(&queue, "x").await;
    let message = bench.receive_one(&queue).await;
    bench.seconds_pass(31);
    bench.delete(&queue, &message).await;
    assert_eq!(bench.depth("steps").await, depth(0, 0, 0));
}

#[tokio::test]
async fn a_handle_of_another_queue_or_of_none_is_refused() {
    let bench = bench().await;
    let (queue, other) = (bench.queue("steps").await, bench.queue("other").await);
    bench.send(&other, "x").await;
    let foreign = bench.receive_one(&other).await.receipt_handle.expect("a handle");
    for handle in ["nonsense", &foreign] {
        let delete = bench.client.delete_message().queue_url(&queue).receipt_handle(handle);
        assert_eq!(refused(delete.send().await), "ReceiptHandleIsInvalid");
    }
}

#[tokio::test]
async fn a_receiver_may_hold_a_message_longer_or_give_it_back_at_once() {
    let bench = bench().await;
    let queue = bench.queue("steps").await;
    bench.send(&queue, "x").await;
    let handle = bench.receive_one(&queue).await.receipt_handle.expect("a handle");
    let hold = |seconds| {
        let change = bench.client.change_message_visibility().queue_url(&queue).receipt_handle(&handle);
        change.visibility_timeout(seconds).send()
    };

    hold(100).await.expect("changed");
    bench.seconds_pass(99);
    assert!(bench.receive(&queue).await.is_empty());

    hold(0).await.expect("changed");
    assert_eq!(bench.depth("steps").await, depth(1, 0, 0));
    assert_eq!(refused(hold(10).await), "AWS.SimpleQueueService.MessageNotInflight");
    bench.receive_one(&queue).await;
    assert_eq!(refused(hold(10).await), "InvalidParameterValue");
    assert_eq!(refused(hold(43_201).await), "InvalidParameterValue");
}

#[tokio::test]
async fn a_delayed_message_is_hidden_until_its_delay_is_over() {
    let bench = bench().await;
    let queue = bench.queue("steps").await;
    let send = bench.client.send_message().queue_url(&queue).message_body("later").delay_seconds(60);
    send.send().await.expect("sent");
    assert_eq!(bench.depth("steps").await, depth(0, 0, 1));
    bench.seconds_pass(59);
    assert!(bench.receive(&queue).await.is_empty());
    bench.seconds_pass(1);
    assert_eq!(bench.receive_one(&queue).await.body(), Some("later"));
}

#[tokio::test]
async fn a_message_older_than_the_retention_is_gone() {
    let bench = bench().await;
    let create = bench.client.create_queue().queue_name("short");
    let created = create.attributes(QueueAttributeName::MessageRetentionPeriod, "60").send().await;
    let queue = created.expect("a queue").queue_url.expect("its URL");
    bench.send(&queue, "old").await;
    bench.seconds_pass(30);
    bench.send(&queue, "young").await;
    bench.seconds_pass(30);
    assert_eq!(bench.depth("short").await, depth(1, 0, 0));
    assert_eq!(bench.receive_one(&queue).await.body(), Some("young"));
}

#[tokio::test]
async fn a_message_over_one_mebibyte_or_without_a_body_is_refused() {
    let bench = bench().await;
    let queue = bench.queue("steps").await;
    let send = |body: &str| bench.client.send_message().queue_url(&queue).message_body(body).send();
    send(&"x".repeat(1_048_576)).await.expect("the largest message");
    assert_eq!(refused(send(&"x".repeat(1_048_577)).await), "InvalidParameterValue");
    assert_eq!(refused(send("").await), "MissingParameter");
    assert_eq!(refused(send("\u{1}").await), "InvalidMessageContents");
}
