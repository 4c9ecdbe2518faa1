//! The life of a message: sent, received, hidden, deleted, expired.

use aws_sdk_sqs::{
    primitives::Blob,
    types::{
        Message, MessageAttributeValue,
        MessageSystemAttributeName::{
            self, ApproximateFirstReceiveTimestamp as FirstReceive, ApproximateReceiveCount, SenderId,
            SentTimestamp,
        },
        QueueAttributeName,
    },
};

use crate::bench::{BRIEFLY, bench, bodies, depth, embedded, system_attribute};

#[tokio::test]
async fn a_message_is_sent_received_and_deleted() {
    let bench = bench().await;
    let queue = bench.queue("steps").await;
    let id = bench.send(&queue, "link roles").await;

    let message = bench.receive_one(&queue).await;
    assert_eq!(message.body(), Some("link roles"));
    assert_eq!(message.message_id(), Some(id.as_str()));
    assert_eq!(bench.depth(&queue).await, depth(0, 1, 0));

    bench.delete(&queue, &message).await;
    assert_eq!(bench.depth(&queue).await, depth(0, 0, 0));
    bench.delete_in_vain(&queue, &message).await;
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
    let queue = bench.brief_queue("steps").await;
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

    bench.seconds_pass(BRIEFLY).await;
    let some = bench.client.receive_message().queue_url(&queue).message_attribute_names("city").send().await;
    let some = some.expect("answered").messages.expect("a message").remove(0);
    assert_eq!(some.message_attributes().expect("attributes").keys().collect::<Vec<_>>(), ["city"]);
    assert!(some.attributes().is_none());
}

#[tokio::test]
async fn attributes_are_asked_for_by_prefix_too() {
    let bench = embedded().await;
    let queue = bench.queue("steps").await;
    let text = |value| MessageAttributeValue::builder().data_type("String").string_value(value).build();
    let send = bench.client.send_message().queue_url(&queue).message_body("x");
    let send = send.message_attributes("order.id", text("1").expect("complete"));
    send.message_attributes("other", text("2").expect("complete")).send().await.expect("sent");
    let receive = bench.client.receive_message().queue_url(&queue).message_attribute_names("order.*");
    let message = receive.send().await.expect("answered").messages.expect("a message").remove(0);
    assert_eq!(message.message_attributes().expect("attributes").keys().collect::<Vec<_>>(), ["order.id"]);
}

#[tokio::test]
async fn a_message_that_is_not_deleted_comes_back_when_its_time_is_up() {
    let bench = bench().await;
    let queue = bench.brief_queue("steps").await;
    bench.send(&queue, "x").await;
    bench.seconds_pass(1).await;
    let first = bench.receive_one(&queue).await;

    bench.seconds_pass(BRIEFLY - 1).await;
    assert!(bench.receive(&queue).await.is_empty());
    bench.seconds_pass(1).await;
    let second = bench.receive_one(&queue).await;

    assert_ne!(first.receipt_handle(), second.receipt_handle());
    assert_eq!(count(&first), Some("1"));
    assert_eq!(count(&second), Some("2"));
    assert_eq!(time(&second, SentTimestamp), time(&first, SentTimestamp));
    assert_eq!(time(&second, FirstReceive), time(&first, FirstReceive));
    assert!(time(&first, FirstReceive) - time(&first, SentTimestamp) >= 1_000);
    assert!(system_attribute(&second, SenderId).is_some());
}

fn count(message: &Message) -> Option<&str> {
    system_attribute(message, ApproximateReceiveCount)
}

/// In milliseconds since the epoch.
fn time(message: &Message, name: MessageSystemAttributeName) -> i64 {
    system_attribute(message, name).expect("a time").parse().expect("a number")
}

#[tokio::test]
async fn the_handle_of_an_earlier_receive_deletes_nothing() {
    let bench = bench().await;
    let queue = bench.brief_queue("steps").await;
    bench.send(&queue, "x").await;
    let first = bench.receive_one(&queue).await;
    bench.seconds_pass(BRIEFLY).await;
    bench.receive_one(&queue).await;

    bench.delete_in_vain(&queue, &first).await;
    assert_eq!(bench.depth(&queue).await, depth(0, 1, 0));
}

#[tokio::test]
async fn a_late_deletion_counts_as_long_as_no_one_else_has_received_the_message() {
    let bench = bench().await;
    let queue = bench.brief_queue("steps").await;
    bench.send(&queue, "x").await;
    let message = bench.receive_one(&queue).await;
    bench.seconds_pass(BRIEFLY + 1).await;
    bench.delete(&queue, &message).await;
    assert_eq!(bench.depth(&queue).await, depth(0, 0, 0));
}

#[tokio::test]
async fn a_handle_of_another_queue_or_of_none_is_refused() {
    let bench = bench().await;
    let (queue, other) = (bench.queue("steps").await, bench.queue("other").await);
    bench.send(&other, "x").await;
    let foreign = bench.receive_one(&other).await.receipt_handle.expect("a handle");
    for handle in ["nonsense", &foreign] {
        let delete = bench.client.delete_message().queue_url(&queue).receipt_handle(handle);
        bench.refused(delete.send().await, "ReceiptHandleIsInvalid");
    }
}

#[tokio::test]
async fn a_delayed_message_is_hidden_until_its_delay_is_over() {
    let bench = bench().await;
    let queue = bench.queue("steps").await;
    let send = bench.client.send_message().queue_url(&queue).message_body("later").delay_seconds(2);
    send.send().await.expect("sent");
    assert_eq!(bench.depth(&queue).await, depth(0, 0, 1));
    bench.seconds_pass(1).await;
    assert!(bench.receive(&queue).await.is_empty());
    bench.seconds_pass(1).await;
    assert_eq!(bench.receive_one(&queue).await.body(), Some("later"));
}

/// The shortest retention is a minute, so only a clock that can be moved gets there.
#[tokio::test]
async fn a_message_older_than_the_retention_is_gone() {
    let bench = embedded().await;
    let a_minute = (QueueAttributeName::MessageRetentionPeriod, "60".to_owned());
    let queue = bench.queue_with("short", [a_minute]).await;
    assert_eq!(bench.setting(&queue, QueueAttributeName::MessageRetentionPeriod).await, "60");
    bench.send(&queue, "old").await;
    bench.seconds_pass(30).await;
    bench.send(&queue, "young").await;
    bench.seconds_pass(30).await;
    assert_eq!(bench.depth(&queue).await, depth(1, 0, 0));
    assert_eq!(bench.receive_one(&queue).await.body(), Some("young"));
}

#[tokio::test]
async fn a_message_over_one_mebibyte_or_without_a_body_is_refused() {
    let bench = bench().await;
    let queue = bench.queue("steps").await;
    let send = |body: &str| bench.client.send_message().queue_url(&queue).message_body(body).send();
    send(&"x".repeat(1_048_576)).await.expect("the largest message");
    bench.refused(send(&"x".repeat(1_048_577)).await, "InvalidParameterValue");
    bench.refused(send("").await, "MissingParameter");
    bench.refused(send("\u{1}").await, "InvalidMessageContents");
}
