//! The host's mapping from a queue to a function: what a batch response does.

use std::sync::{Arc, Mutex};

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent};
use futures_util::FutureExt as _;
use infra_local::host::{QueueMapping, QueueSettings};

use crate::bench::{BRIEFLY, Bench, bench, depth};

/// The bodies that the function was handed, batch by batch, each in order.
type Seen = Arc<Mutex<Vec<Vec<String>>>>;

/// A brief queue with the messages `0` to `9`, and a mapping to a function that reports of each batch what
/// `failures` says.
async fn ten_messages(
    bench: &Bench,
    failures: impl Fn(&SqsEvent) -> Vec<String> + Send + Sync + 'static,
) -> (QueueMapping, String, Seen) {
    let url = bench.brief_queue("steps").await;
    for n in 0..10 {
        bench.send(&url, &n.to_string()).await;
    }
    let (mapping, seen) = mapping(bench, &url, failures);
    (mapping, url, seen)
}

fn mapping(
    bench: &Bench,
    url: &str,
    failures: impl Fn(&SqsEvent) -> Vec<String> + Send + Sync + 'static,
) -> (QueueMapping, Seen) {
    let seen = Seen::default();
    let log = Arc::clone(&seen);
    let function = move |event: SqsEvent| {
        let mut bodies: Vec<String> =
            event.records.iter().filter_map(|message| message.body.clone()).collect();
        bodies.sort();
        log.lock().expect("not poisoned").push(bodies);
        let response = response(failures(&event));
        async { response }.boxed()
    };
    let visibility_timeout_seconds = BRIEFLY.try_into().expect("seconds");
    let settings = QueueSettings { visibility_timeout_seconds, ..QueueSettings::steps() };
    (QueueMapping::new(bench.client.clone(), url.to_owned(), Arc::new(function), settings), seen)
}

fn response(failures: Vec<String>) -> SqsBatchResponse {
    let failure = |id| {
        let mut failure = BatchItemFailure::default();
        failure.item_identifier = id;
        failure
    };
    let mut response = SqsBatchResponse::default();
    response.batch_item_failures = failures.into_iter().map(failure).collect();
    response
}

/// The ids of the messages with these bodies.
fn ids(event: &SqsEvent, bodies: &[&str]) -> Vec<String> {
    let meant = event.records.iter().filter(|m| bodies.contains(&m.body.as_deref().unwrap_or_default()));
    meant.filter_map(|message| message.message_id.clone()).collect()
}

#[tokio::test]
async fn what_is_reported_as_failed_comes_again_and_the_rest_is_deleted() {
    let bench = bench().await;
    let (mapping, url, seen) = ten_messages(&bench, |event| ids(event, &["3", "7"])).await;
    assert_eq!(mapping.deliver(0).await.expect("delivered"), 10);
    assert_eq!(bench.depth(&url).await, depth(0, 2, 0));

    assert_eq!(mapping.deliver(0).await.expect("delivered"), 0);
    bench.seconds_pass(BRIEFLY).await;
    assert_eq!(mapping.deliver(0).await.expect("delivered"), 2);
    assert_eq!(seen.lock().expect("not poisoned")[1], ["3", "7"]);
}

#[tokio::test]
async fn an_empty_report_is_a_success_of_all() {
    let bench = bench().await;
    let (mapping, url, _) = ten_messages(&bench, |_| Vec::new()).await;
    assert_eq!(mapping.deliver(0).await.expect("delivered"), 10);
    assert_eq!(bench.depth(&url).await, depth(0, 0, 0));
}

#[tokio::test]
async fn a_report_with_an_unknown_id_is_a_failure_of_all() {
    let bench = bench().await;
    let with_stranger = |event: &SqsEvent| [ids(event, &["3"]), vec!["a stranger".to_owned()]].concat();
    let (mapping, url, _) = ten_messages(&bench, with_stranger).await;
    assert_eq!(mapping.deliver(0).await.expect("delivered"), 10);
    assert_eq!(bench.depth(&url).await, depth(0, 10, 0));
    bench.seconds_pass(BRIEFLY).await;
    assert_eq!(mapping.deliver(0).await.expect("delivered"), 10);
}

#[tokio::test]
async fn a_report_with_an_empty_id_is_a_failure_of_all() {
    let bench = bench().await;
    let (mapping, url, _) = ten_messages(&bench, |_| vec![String::new()]).await;
    assert_eq!(mapping.deliver(0).await.expect("delivered"), 10);
    assert_eq!(bench.depth(&url).await, depth(0, 10, 0));
}

#[tokio::test]
async fn a_message_reported_twice_is_one_failure() {
    let bench = bench().await;
    let twice = |event: &SqsEvent| [ids(event, &["3"]), ids(event, &["3"])].concat();
    let (mapping, url, _) = ten_messages(&bench, twice).await;
    assert_eq!(mapping.deliver(0).await.expect("delivered"), 10);
    assert_eq!(bench.depth(&url).await, depth(0, 1, 0));
}

#[tokio::test]
async fn what_fails_every_time_becomes_a_dead_letter_and_the_rest_of_its_batches_does_not() {
    let bench = bench().await;
    let (url, dead) = bench.queue_with_dead_letters("steps", 2).await;
    for body in ["poison", "good"] {
        bench.send(&url, body).await;
    }
    let (mapping, seen) = mapping(&bench, &url, |event| ids(event, &["poison"]));
    for _ in 0..3 {
        mapping.deliver(0).await.expect("delivered");
        bench.seconds_pass(BRIEFLY).await;
    }
    assert_eq!(*seen.lock().expect("not poisoned"), [vec!["good", "poison"], vec!["poison"]]);
    assert_eq!(bench.receive_one(&dead).await.body(), Some("poison"));
}
