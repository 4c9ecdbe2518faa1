//! Long polls, and receivers that compete.

use std::{collections::BTreeSet, time::Duration};

use aws_sdk_sqs::types::QueueAttributeName;
use tokio::time::timeout;

use crate::bench::{BRIEFLY, Bench, bench, embedded};

/// Far less than the 20 seconds that the polls would wait, far more than a message takes.
const SOON: Duration = Duration::from_secs(10);

/// Starts a long poll, and returns once the endpoint has begun to wait.
async fn begin_to_wait(bench: &Bench, queue: &str) -> tokio::task::JoinHandle<Option<String>> {
    let poll = bench.client.receive_message().queue_url(queue).wait_time_seconds(20).send();
    let waiting = tokio::spawn(async {
        let messages = poll.await.expect("answered").messages.unwrap_or_default();
        messages.into_iter().next().and_then(|message| message.body)
    });
    bench.poll_is_waiting().await;
    waiting
}

#[tokio::test]
async fn a_long_poll_is_answered_when_a_message_is_sent() {
    let bench = bench().await;
    let queue = bench.queue("steps").await;
    let waiting = begin_to_wait(&bench, &queue).await;
    bench.send(&queue, "at last").await;
    let answer = timeout(SOON, waiting).await.expect("woken").expect("no panic");
    assert_eq!(answer.as_deref(), Some("at last"));
}

#[tokio::test]
async fn a_long_poll_is_answered_when_a_hidden_message_comes_back() {
    let bench = bench().await;
    let queue = bench.brief_queue("steps").await;
    bench.send(&queue, "again").await;
    bench.receive_one(&queue).await;
    let waiting = begin_to_wait(&bench, &queue).await;
    bench.seconds_pass(BRIEFLY).await;
    let answer = timeout(SOON, waiting).await.expect("woken").expect("no panic");
    assert_eq!(answer.as_deref(), Some("again"));
}

#[tokio::test]
async fn a_long_poll_ends_when_the_endpoint_is_to_stop() {
    let bench = embedded().await;
    let queue = bench.queue("steps").await;
    let waiting = begin_to_wait(&bench, &queue).await;
    bench.inside().endpoint.stop_waiting();
    let answer = timeout(SOON, waiting).await.expect("woken").expect("no panic");
    assert_eq!(answer, None);
}

#[tokio::test]
async fn a_poll_that_is_in_vain_waits_as_long_as_the_queue_says() {
    let bench = bench().await;
    let a_second = (QueueAttributeName::ReceiveMessageWaitTimeSeconds, "1".to_owned());
    let queue = bench.queue_with("patient", [a_second]).await;
    let started = tokio::time::Instant::now();
    let answer = bench.client.receive_message().queue_url(queue).send().await.expect("answered");
    assert_eq!(answer.messages(), []);
    assert!(started.elapsed() >= Duration::from_secs(1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_two_receivers_get_the_same_message_at_the_same_time() {
    const MESSAGES: usize = 60;
    let bench = bench().await;
    let queue = bench.queue("steps").await;
    for n in 0..MESSAGES {
        bench.send(&queue, &n.to_string()).await;
    }
    let receivers: Vec<_> =
        (0..8).map(|_| tokio::spawn(drain(bench.client.clone(), queue.clone()))).collect();
    let mut received = Vec::new();
    for receiver in receivers {
        received.extend(receiver.await.expect("no panic"));
    }
    assert_eq!(received.len(), MESSAGES);
    assert_eq!(received.iter().collect::<BTreeSet<_>>().len(), MESSAGES);
}

async fn drain(client: aws_sdk_sqs::Client, queue: String) -> Vec<String> {
    let mut received = Vec::new();
    loop {
        let look = client.receive_message().queue_url(&queue).max_number_of_messages(3).send().await;
        let messages = look.expect("answered").messages.unwrap_or_default();
        if messages.is_empty() {
            return received;
        }
        received.extend(messages.into_iter().filter_map(|message| message.body));
    }
}
