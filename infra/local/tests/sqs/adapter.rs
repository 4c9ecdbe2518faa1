//! Our own adapter, `infra_aws::queue::Queue`, on the engine.

use std::{collections::BTreeSet, time::Duration};

use aws_sdk_sqs::types::Message;
use infra_aws::queue::{Outgoing, Queue};

use crate::bench::{BRIEFLY, Bench, bench, bodies, depth, embedded};

/// A brief queue, and the adapter to it.
async fn adapter(bench: &Bench) -> (Queue, String) {
    let url = bench.brief_queue("steps").await;
    (Queue::new(bench.client.clone(), url.clone()), url)
}

/// All that the queue has to give, in order of the bodies.
async fn drain(bench: &Bench, url: &str) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    loop {
        let messages = bench.receive(url).await;
        if messages.is_empty() {
            return all;
        }
        for message in &messages {
            let body = message.body().expect("a body").to_owned();
            assert!(all.insert(body), "nothing comes twice");
            bench.delete(url, message).await;
        }
    }
}

fn handle(message: &Message) -> String {
    message.receipt_handle().expect("a handle").to_owned()
}

#[tokio::test]
async fn all_of_many_messages_arrive() {
    let bench = bench().await;
    let (queue, url) = adapter(&bench).await;
    let sent: Vec<String> = (0..25).map(|n| format!("step {n:02}")).collect();
    queue.send(&outgoing(&sent)).await.expect("sent");
    assert_eq!(drain(&bench, &url).await, sent.into_iter().collect());
}

#[tokio::test]
async fn of_a_batch_with_bad_messages_the_others_are_sent_and_the_bad_ones_are_named() {
    let bench = bench().await;
    let (queue, url) = adapter(&bench).await;
    let mut bodies: Vec<String> = (0..15).map(|n| format!("step {n:02}")).collect();
    bodies[3] = "\u{0}".to_owned();
    bodies[12] = "x".repeat(1_048_577);

    let error = queue.send(&outgoing(&bodies)).await.expect_err("two cannot be sent");
    assert_eq!(error.places, [3, 12]);
    for place in [12, 3] {
        bodies.remove(place);
    }
    assert_eq!(drain(&bench, &url).await, bodies.into_iter().collect());
}

#[tokio::test]
async fn messages_that_are_too_long_for_one_batch_go_in_several() {
    let bench = bench().await;
    let (queue, url) = adapter(&bench).await;
    // Two of these are a whole batch to the byte, and the fifth needs one of its own.
    let sent: Vec<String> = ["a", "b", "c", "d", "e"].map(|body| body.repeat(524_288)).into();
    queue.send(&outgoing(&sent)).await.expect("sent");
    let arrived = drain(&bench, &url).await;
    assert_eq!(arrived.iter().map(|body| &body[..1]).collect::<String>(), "abcde");
    assert!(arrived.iter().all(|body| body.len() == 524_288));
}

#[tokio::test]
async fn bytes_count_in_utf8() {
    let bench = bench().await;
    let (queue, url) = adapter(&bench).await;
    let sent: Vec<String> = ["ä", "ö", "ü"].map(|body| body.repeat(262_144)).into();
    queue.send(&outgoing(&sent)).await.expect("sent");
    assert_eq!(drain(&bench, &url).await.len(), 3);
}

#[tokio::test]
async fn a_queue_that_is_not_there_names_every_message() {
    let bench = bench().await;
    let (_, url) = adapter(&bench).await;
    let nowhere = Queue::new(bench.client.clone(), format!("{url}-nowhere"));
    let bodies: Vec<String> = (0..12).map(|n| n.to_string()).collect();
    let error = nowhere.send(&outgoing(&bodies)).await.expect_err("nothing is sent");
    assert_eq!(error.places, (0..12).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_message_that_was_put_off_comes_back_when_its_wait_is_over_and_not_before() {
    let bench = bench().await;
    let (queue, url) = adapter(&bench).await;
    bench.send(&url, "later").await;
    let message = bench.receive_one(&url).await;

    // A part of a second counts as a whole one.
    queue.put_off(&[(handle(&message), Duration::from_millis(3_500))]).await;
    bench.seconds_pass(3).await;
    assert!(bench.receive(&url).await.is_empty());
    bench.seconds_pass(1).await;
    assert_eq!(bench.receive_one(&url).await.body(), Some("later"));
}

#[tokio::test]
async fn a_message_that_was_put_off_by_nothing_is_back_at_once() {
    let bench = bench().await;
    let (queue, url) = adapter(&bench).await;
    bench.send(&url, "now").await;
    let message = bench.receive_one(&url).await;
    queue.put_off(&[(handle(&message), Duration::ZERO)]).await;
    assert_eq!(bench.receive_one(&url).await.body(), Some("now"));
}

#[tokio::test]
async fn handles_that_mean_nothing_do_not_keep_others_from_being_put_off() {
    let bench = bench().await;
    let (queue, url) = adapter(&bench).await;
    bench.send(&url, "stale").await;
    let stale = bench.receive_one(&url).await;
    bench.seconds_pass(BRIEFLY).await;
    let current = bench.receive_one(&url).await;
    bench.delete(&url, &current).await;
    let sent: Vec<String> = (0..10).map(|n| n.to_string()).collect();
    queue.send(&outgoing(&sent)).await.expect("sent");
    let received = bench.receive(&url).await;
    assert_eq!(received.len(), 10);

    // Twelve handles: the second batch has to go out whatever happened to the first.
    let wait = Duration::from_secs(60);
    let mut waits = vec![(handle(&stale), wait), ("nonsense".to_owned(), wait)];
    waits.extend(received.iter().map(|message| (handle(message), wait)));
    queue.put_off(&waits).await;
    bench.seconds_pass(BRIEFLY).await;
    assert_eq!(bodies(&bench.receive(&url).await), [""; 0]);
    assert_eq!(bench.depth(&url).await, depth(0, 10, 0));
}

#[tokio::test]
async fn a_wait_that_is_longer_than_the_engine_allows_is_as_long_as_it_allows() {
    let bench = bench().await;
    let (queue, url) = adapter(&bench).await;
    bench.send(&url, "much later").await;
    let message = bench.receive_one(&url).await;
    bench.seconds_pass(1).await;
    queue.put_off(&[(handle(&message), Duration::from_secs(50_000))]).await;
    // Had it been refused, the message would be back by now.
    bench.seconds_pass(BRIEFLY).await;
    assert!(bench.receive(&url).await.is_empty());
}

#[tokio::test]
async fn the_longest_wait_ends_within_twelve_hours() {
    let bench = embedded().await;
    let (queue, url) = adapter(&bench).await;
    bench.send(&url, "much later").await;
    let message = bench.receive_one(&url).await;
    bench.seconds_pass(1).await;
    queue.put_off(&[(handle(&message), Duration::MAX)]).await;
    bench.seconds_pass(12 * 60 * 60 - 15 * 60 - 1).await;
    assert!(bench.receive(&url).await.is_empty());
    bench.seconds_pass(1).await;
    bench.receive_one(&url).await;
}

#[tokio::test]
async fn a_dead_letter_that_is_sent_again_comes_again() {
    let bench = bench().await;
    let (url, dead) = bench.queue_with_dead_letters("steps", 1).await;
    let queue = Queue::new(bench.client.clone(), url.clone());
    queue.send(&outgoing(&["poison".to_owned()])).await.expect("sent");
    let message = bench.receive_one(&url).await;
    queue.put_off(&[(handle(&message), Duration::ZERO)]).await;
    assert!(bench.receive(&url).await.is_empty());

    let letter = bench.receive_one(&dead).await;
    queue.send(&outgoing(&[letter.body().expect("a body").to_owned()])).await.expect("sent");
    bench.delete(&dead, &letter).await;
    assert_eq!(bench.receive_one(&url).await.body(), Some("poison"));
    assert_eq!(bench.depth(&dead).await, depth(0, 0, 0));
}

fn outgoing(bodies: &[String]) -> Vec<Outgoing> {
    bodies.iter().map(|body| Outgoing { body: body.clone(), traceparent: None }).collect()
}
