//! Making, finding, describing and emptying queues.

use aws_sdk_sqs::types::QueueAttributeName;

use crate::bench::{bench, depth, embedded, redrive_policy};

#[tokio::test]
async fn creating_a_queue_twice_is_creating_it_once_unless_it_should_be_different() {
    let bench = bench().await;
    let create = |timeout: &str| {
        let create = bench.client.create_queue().queue_name(bench.named("steps"));
        create.attributes(QueueAttributeName::VisibilityTimeout, timeout).send()
    };
    let url = create("45").await.expect("a queue").queue_url.expect("its URL");
    assert_eq!(create("45").await.expect("the same queue").queue_url.as_ref(), Some(&url));
    assert_eq!(bench.queue("steps").await, url);
    bench.refused(create("46").await, "QueueAlreadyExists");
    assert!(url.ends_with(&format!("/{}", bench.named("steps"))), "{url}");
}

#[tokio::test]
async fn a_queue_is_found_by_name_and_by_a_url_with_any_host() {
    let bench = bench().await;
    let url = bench.queue("steps").await;
    bench.queue("other").await;
    let name = bench.named("steps");
    let found = bench.client.get_queue_url().queue_name(&name).send().await.expect("found");
    assert_eq!(found.queue_url.as_ref(), Some(&url));
    let listed = bench.client.list_queues().queue_name_prefix(&name).send().await.expect("listed");
    assert_eq!(listed.queue_urls(), std::slice::from_ref(&url));
    bench.send(&format!("https://sqs.eu-central-1.amazonaws.com/000000000000/{name}"), "x").await;
    assert_eq!(bench.depth(&url).await, depth(1, 0, 0));
}

#[tokio::test]
async fn what_does_not_exist_is_refused_by_name() {
    let bench = bench().await;
    let answer = bench.client.get_queue_url().queue_name("nowhere").send().await;
    bench.refused(answer, "AWS.SimpleQueueService.NonExistentQueue");
    let answer = bench.client.send_message().queue_url("http://localhost/000000000000/nowhere");
    bench.refused(answer.message_body("x").send().await, "AWS.SimpleQueueService.NonExistentQueue");
}

#[tokio::test]
async fn the_client_knows_the_error_for_a_queue_that_does_not_exist() {
    let bench = embedded().await;
    let error = bench.client.get_queue_url().queue_name("nowhere").send().await.expect_err("no such queue");
    assert!(error.into_service_error().is_queue_does_not_exist());
    assert!(bench.inside().endpoint.depth("nowhere").await.is_err());
}

#[tokio::test]
async fn a_queue_tells_its_settings_and_how_full_it_is() {
    let bench = bench().await;
    let dead = bench.arn(&bench.queue("dead").await).await;
    let policy = (QueueAttributeName::RedrivePolicy, redrive_policy(&dead, 5));
    let queue = bench.queue_with("steps", [policy]).await;
    bench.send(&queue, "a").await;
    bench.send(&queue, "b").await;
    let get = bench.client.get_queue_attributes().queue_url(&queue);
    let answer = get.attribute_names(QueueAttributeName::All).send().await.expect("described");
    let attributes = answer.attributes().expect("attributes");
    let told = |name: QueueAttributeName| attributes[&name].as_str();
    assert_eq!(told(QueueAttributeName::ApproximateNumberOfMessages), "2");
    assert_eq!(told(QueueAttributeName::ApproximateNumberOfMessagesNotVisible), "0");
    assert!(told(QueueAttributeName::QueueArn).ends_with(&format!(":{}", bench.named("steps"))));
    assert_eq!(told(QueueAttributeName::VisibilityTimeout), "30");
    assert_eq!(told(QueueAttributeName::RedrivePolicy), redrive_policy(&dead, 5));
}

#[tokio::test]
async fn settings_can_be_changed() {
    let bench = bench().await;
    let queue = bench.queue("steps").await;
    let set = bench.client.set_queue_attributes().queue_url(&queue);
    set.attributes(QueueAttributeName::VisibilityTimeout, "1").send().await.expect("set");

    bench.send(&queue, "x").await;
    bench.receive_one(&queue).await;
    bench.seconds_pass(1).await;
    bench.receive_one(&queue).await;
}

#[tokio::test]
async fn settings_have_limits() {
    let bench = embedded().await;
    let queue = bench.queue("steps").await;
    let set = |name, value: &str| {
        bench.client.set_queue_attributes().queue_url(&queue).attributes(name, value).send()
    };
    bench.refused(set(QueueAttributeName::DelaySeconds, "901").await, "InvalidAttributeValue");
    bench.refused(set(QueueAttributeName::Policy, "{}").await, "InvalidAttributeName");
    let to_itself = redrive_policy(&bench.arn(&queue).await, 5);
    bench.refused(set(QueueAttributeName::RedrivePolicy, &to_itself).await, "InvalidParameterValue");
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
    assert_eq!(bench.depth(&queue).await, depth(0, 0, 0));
    assert_eq!(bench.depth(&other).await, depth(1, 0, 0));
}

#[tokio::test]
async fn queues_that_this_endpoint_cannot_be_are_refused() {
    let bench = embedded().await;
    let create = |name: &str| bench.client.create_queue().queue_name(name);
    let unsupported = "AWS.SimpleQueueService.UnsupportedOperation";
    bench.refused(create("steps.fifo").send().await, unsupported);
    let fifo = create("steps").attributes(QueueAttributeName::FifoQueue, "true");
    bench.refused(fifo.send().await, unsupported);
    bench.refused(create("a b").send().await, "InvalidParameterValue");
    let nowhere = redrive_policy("arn:aws:sqs:local:000000000000:nowhere", 5);
    let dangling = create("steps").attributes(QueueAttributeName::RedrivePolicy, nowhere);
    bench.refused(dangling.send().await, "InvalidParameterValue");
}
