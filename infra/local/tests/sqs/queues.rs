//! Making, finding, describing and emptying queues.

use aws_sdk_sqs::types::QueueAttributeName;

use crate::bench::{bench, depth, refused};

#[tokio::test]
async fn creating_a_queue_twice_is_creating_it_once_unless_it_should_be_different() {
    let bench = bench().await;
    let create = |timeout: &str| {
        let create = bench.client.create_queue().queue_name("steps");
        create.attributes(QueueAttributeName::VisibilityTimeout, timeout).send()
    };
    let url = create("45").await.expect("a queue").queue_url.expect("its URL");
    assert_eq!(create("45").await.expect("the same queue").queue_url.as_ref(), Some(&url));
    assert_eq!(bench.queue("steps").await, url);
    assert_eq!(refused(create("46").await), "QueueAlreadyExists");
    assert_eq!(url, format!("{}/000000000000/steps", bench.url));
}

#[tokio::test]
async fn a_queue_is_found_by_name_and_by_a_url_with_any_host() {
    let bench = bench().await;
    let url = bench.queue("steps").await;
    bench.queue("other").await;
    let found = bench.client.get_queue_url().queue_name("steps").send().await.expect("found");
    assert_eq!(found.queue_url.as_ref(), Some(&url));
    let listed = bench.client.list_queues().queue_name_prefix("st").send().await.expect("listed");
    assert_eq!(listed.queue_urls(), [url]);
    bench.send("https://sqs.eu-central-1.amazonaws.com/000000000000/steps", "x").await;
    assert_eq!(bench.depth("steps").await, depth(1, 0, 0));
}

#[tokio::test]
async fn what_does_not_exist_is_refused_by_name() {
    let bench = bench().await;
    let error = bench.client.get_queue_url().queue_name("nowhere").send().await.expect_err("no such queue");
    assert!(error.into_service_error().is_queue_does_not_exist());
    assert!(bench.endpoint.depth("nowhere").await.is_err());
}

#[tokio::test]
async fn a_queue_tells_its_settings_and_how_full_it_is() {
    let bench = bench().await;
    let (queue, _) = bench.queue_with_dead_letters("steps", 5).await;
    bench.send(&queue, "a").await;
    bench.send(&queue, "b").await;
    let get = bench.client.get_queue_attributes().queue_url(&queue);
    let answer = get.attribute_names(QueueAttributeName::All).send().await.expect("described");
    let attributes = answer.attributes().expect("attributes");
    let told = |name: QueueAttributeName| attributes[&name].as_str();
    assert_eq!(told(QueueAttributeName::ApproximateNumberOfMessages), "2");
    assert_eq!(told(QueueAttributeName::ApproximateNumberOfMessagesNotVisible), "0");
    assert_eq!(told(QueueAttributeName::QueueArn), "arn:aws:sqs:local:000000000000:steps");
    assert_eq!(told(QueueAttributeName::VisibilityTimeout), "30");
    assert_eq!(told(QueueAttributeName::MessageRetentionPeriod), "345600");
    let policy = r#"{"deadLetterTargetArn":"arn:aws:sqs:local:000000000000:steps-dead","maxReceiveCount":5}"#;
    assert_eq!(told(QueueAttributeName::RedrivePolicy), policy);
}

#[tokio::test]
async fn settings_can_be_changed_within_their_limits() {
    let bench = bench().await;
    let queue = bench.queue("steps").await;
    let set = |name, value: &str| {
        bench.client.set_queue_attributes().queue_url(&queue).attributes(name, value).send()
    };
    set(QueueAttributeName::VisibilityTimeout, "5").await.expect("set");
    assert_eq!(refused(set(QueueAttributeName::DelaySeconds, "901").await), "InvalidAttributeValue");
    assert_eq!(refused(set(QueueAttributeName::Policy, "{}").await), "InvalidAttributeName");
    let to_itself = r#"{"deadLetterTargetArn":"arn:aws:sqs:local:000000000000:steps","maxReceiveCount":5}"#;
    assert_eq!(refused(set(QueueAttributeName::RedrivePolicy, to_itself).await), "InvalidParameterValue");

    bench.send(&queue, "x").await;
    bench.receive_one(&queue).await;
    bench.seconds_pass(5);
    bench.receive_one(&queue).await;
}

#[tokio::test]
async fn a_purged_queue_is_empty_and_the_others_are_not() {
    let bench = bench().await;
    let (queue, other) = (bench.queue("steps").await, bench.queue("other").await);
    bench.send(&queue, "waiting").await;
    bench.send(&queue, "in flight").await;
    bench.send(&other, "x").await;
    bench.client.receive_message().queue_url(&queue).send().await.expect("answered");
    bench.client.purge_queue().queue_url(&queue).send().await.expect("purged");
    assert_eq!(bench.depth("steps").await, depth(0, 0, 0));
    assert_eq!(bench.depth("other").await, depth(1, 0, 0));
}

#[tokio::test]
async fn queues_that_this_endpoint_cannot_be_are_refused() {
    let bench = bench().await;
    let create = |name: &str| bench.client.create_queue().queue_name(name);
    let unsupported = "AWS.SimpleQueueService.UnsupportedOperation";
    assert_eq!(refused(create("steps.fifo").send().await), unsupported);
    let fifo = create("steps").attributes(QueueAttributeName::FifoQueue, "true");
    assert_eq!(refused(fifo.send().await), unsupported);
    assert_eq!(refused(create("a b").send().await), "InvalidParameterValue");
    let policy = r#"{"deadLetterTargetArn":"arn:aws:sqs:local:000000000000:nowhere","maxReceiveCount":5}"#;
    let dangling = create("steps").attributes(QueueAttributeName::RedrivePolicy, policy);
    assert_eq!(refused(dangling.send().await), "InvalidParameterValue");
}
