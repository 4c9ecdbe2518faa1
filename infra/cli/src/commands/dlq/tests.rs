//! Dead letters on the embedded queues.

use std::time::Duration;

use chrono::TimeDelta;
use clap::Parser as _;
use domain::{Epoch, TenantId, UserId, user::Step};
use functions::step_message::StepMessage;
use infra_aws::clients;
use infra_local::{
    clock::ManualClock,
    faults::{Fault, Tap},
    stack::{Clients, Home, Ports, Stack},
};
use tokio::time::interval;

use super::{
    list::depth,
    places::Place,
    redrive::{Done, selected},
    task,
    walk::read,
};
use crate::arguments::{Arguments, Command, Dlq, Redrive};

struct Bench {
    stack: Stack,
    clock: ManualClock,
    /// What the commands do passes through it.
    tap: Tap,
    sqs: aws_sdk_sqs::Client,
    place: Place,
}

fn user(name: &str) -> UserId {
    UserId::derive(&TenantId::parse("acme").unwrap(), name)
}

fn step_of(name: &str) -> String {
    let step = StepMessage {
        tenant: TenantId::parse("acme").unwrap(),
        user: user(name),
        step: Step::SendConfirmation(1),
        epoch: Epoch::FIRST,
        correlation_id: "c".into(),
        causation_id: format!("acme#user#{}@1", user(name)),
        traceparent: None,
        requested_at: None,
    };
    step.to_body()
}

fn redrive(arguments: &[&str]) -> Redrive {
    let all = [&["rollcall", "dlq", "redrive", "--rate", "500"], arguments].concat();
    let Command::Dlq(Dlq::Redrive(redrive)) = Arguments::try_parse_from(all).unwrap().command else {
        panic!("`dlq redrive` is a redrive")
    };
    redrive
}

impl Bench {
    async fn start() -> Self {
        let clock = ManualClock::new("2026-11-21T12:00:00Z".parse().unwrap());
        let stack = Stack::start(&Home::Memory, Ports::default(), clock.clock()).await.unwrap();
        let tap = Tap::around(clients::loopback_http_client());
        let http = aws_smithy_runtime_api::client::http::SharedHttpClient::new(tap.clone());
        let sqs = Clients::at(&stack.dynamodb_url, &stack.sqs_url, http).sqs;
        let url = stack.steps_queue_url.clone();
        let place = Place { name: "steps".into(), dead_url: format!("{url}-dead"), url };
        Self { stack, clock, tap, sqs, place }
    }

    /// Puts messages among the dead letters; answers their ids.
    async fn dead(&self, bodies: &[&str]) -> Vec<String> {
        let mut ids = Vec::new();
        for body in bodies {
            let send =
                self.stack.clients.sqs.send_message().queue_url(&self.place.dead_url).message_body(*body);
            ids.push(send.send().await.unwrap().message_id.unwrap());
        }
        ids
    }

    async fn redrive(&self, arguments: &[&str]) -> Done {
        let mut pace = interval(Duration::from_millis(1));
        selected(&self.sqs, &self.place, &redrive(arguments), self.clock.clock().now(), &mut pace).await
    }

    /// How many are on the queue, and how many are dead, all of them visible.
    async fn then(&self, waiting: u64, dead: u64) {
        for (queue, expected) in [("rollcall-steps", waiting), ("rollcall-steps-dead", dead)] {
            let depth = self.stack.sqs.depth(queue).await.unwrap();
            assert_eq!((depth.visible, depth.in_flight), (expected, 0), "{queue}");
        }
    }
}

#[tokio::test]
async fn who_looks_leaves_everything_as_it_was() {
    let bench = Bench::start().await;
    let bodies = [step_of("alice"), "not ours".into(), step_of("bob")];
    let many = (0..12).map(|place| bodies[place % 3].as_str()).collect::<Vec<_>>();
    let ids = bench.dead(&many).await;
    for _ in 0..3 {
        let letters = read(&bench.sqs, &bench.place.dead_url, 1_000).await.unwrap();
        assert_eq!(letters.iter().map(super::letter::Letter::id).collect::<Vec<_>>(), ids);
        let kinds: Vec<_> = letters.iter().map(super::letter::Letter::kind).take(2).collect();
        assert_eq!(kinds, ["send_confirmation", "unreadable"]);
    }
    bench.then(0, 12).await;
    assert_eq!(read(&bench.sqs, &bench.place.dead_url, 5).await.unwrap().len(), 5);
    bench.then(0, 12).await;
}

#[tokio::test]
async fn an_empty_queue_has_nothing_to_show_and_nothing_to_send() {
    let bench = Bench::start().await;
    assert_eq!(depth(&bench.sqs, &bench.place.dead_url).await.unwrap(), 0);
    assert!(read(&bench.sqs, &bench.place.dead_url, 10).await.unwrap().is_empty());
    let done = bench.redrive(&["--older-than", "0s"]).await;
    assert_eq!((done.sent, done.failure.is_none()), (0, true));
}

#[tokio::test]
async fn what_is_selected_goes_back_and_the_rest_stays() {
    let bench = Bench::start().await;
    let (alice, bob) = (step_of("alice"), step_of("bob"));
    let old = bench.dead(&[&alice, &bob, "not ours"]).await;
    bench.clock.advance(TimeDelta::hours(3));
    bench.dead(&[&alice]).await;

    let of_alice = user("alice").to_string();
    let done = bench.redrive(&["--user", &of_alice, "--older-than", "2h"]).await;
    assert_eq!((done.sent, done.ids.as_slice(), done.failure.is_none()), (1, &old[..1], true));
    bench.then(1, 3).await;
    let done = bench.redrive(&["--message", &old[2], "--message", &old[1]]).await;
    assert_eq!((done.ids.as_slice(), done.failure.is_none()), (&old[1..], true));
    bench.then(3, 1).await;
    assert_eq!(bench.redrive(&["--message", &old[2]]).await.sent, 0, "it is gone");
}

#[tokio::test]
async fn what_its_sender_said_of_a_message_goes_back_with_it() {
    let bench = Bench::start().await;
    let said =
        aws_sdk_sqs::types::MessageAttributeValue::builder().data_type("String").string_value("00-4bf9");
    let send = bench.sqs.send_message().queue_url(&bench.place.dead_url).message_body(step_of("alice"));
    send.message_attributes("traceparent", said.build().unwrap()).send().await.unwrap();
    assert_eq!(bench.redrive(&["--older-than", "0s"]).await.sent, 0, "not older than that");
    bench.clock.advance(TimeDelta::seconds(1));
    assert_eq!(bench.redrive(&["--older-than", "0s"]).await.sent, 1);
    let received = bench.sqs.receive_message().queue_url(&bench.place.url).message_attribute_names("All");
    let received = received.send().await.unwrap().messages.unwrap_or_default().remove(0);
    assert_eq!(received.body(), Some(step_of("alice").as_str()));
    assert_eq!(received.message_attributes().unwrap()["traceparent"].string_value(), Some("00-4bf9"));
}

/// More than the client has tries.
fn fail_for_good(tap: &Tap, operation: &str, fault: Fault) {
    for _ in 0..3 {
        tap.inject(operation, fault);
    }
}

#[tokio::test]
async fn a_message_that_cannot_be_deleted_after_it_was_sent_is_on_both_queues() {
    let bench = Bench::start().await;
    let ids = bench.dead(&[&step_of("alice"), &step_of("bob")]).await;
    fail_for_good(&bench.tap, "DeleteMessage", Fault::ServerError);
    let done = bench.redrive(&["--message", &ids[0], "--message", &ids[1]]).await;
    assert_eq!((done.sent, done.ids.len()), (2, 2));
    let failure = done.failure.unwrap().to_string();
    assert!(failure.starts_with(&format!("{} was sent, and is a dead letter still", ids[0])), "{failure}");
    bench.then(2, 1).await;
    let again = bench.redrive(&["--message", &ids[0]]).await;
    assert_eq!((again.sent, again.failure.is_none()), (1, true));
    bench.then(3, 0).await;
}

#[tokio::test]
async fn a_message_that_cannot_be_sent_stays_a_dead_letter() {
    let bench = Bench::start().await;
    let ids = bench.dead(&[&step_of("alice"), &step_of("bob")]).await;
    fail_for_good(&bench.tap, "SendMessage", Fault::Throttled);
    let done = bench.redrive(&["--message", &ids[0], "--message", &ids[1]]).await;
    assert!(done.failure.unwrap().to_string().starts_with(&format!("{} could not be sent", ids[0])));
    assert_eq!(done.sent, 0);
    assert!(!bench.tap.log().contains(&"DeleteMessage".to_owned()));
    bench.then(0, 2).await;
}

#[tokio::test]
async fn a_queue_that_cannot_be_read_to_its_end_shows_again_what_was_read() {
    let bench = Bench::start().await;
    bench.dead(&[step_of("alice").as_str(); 12]).await;
    let tap = bench.tap.clone();
    bench.tap.before_request(2, move || {
        Box::pin(async move { fail_for_good(&tap, "ReceiveMessage", Fault::Throttled) })
    });
    assert!(read(&bench.sqs, &bench.place.dead_url, 1_000).await.is_err());
    bench.then(0, 12).await;
}

#[tokio::test]
async fn a_move_task_brings_all_back_and_says_how_many() {
    let bench = Bench::start().await;
    bench.dead(&[&step_of("alice"), "not ours"]).await;
    assert_eq!(task::run(&bench.sqs, &bench.place, 500, true).await.unwrap(), 2);
    bench.then(2, 0).await;
    fail_for_good(&bench.tap, "StartMessageMoveTask", Fault::ServerError);
    assert!(task::run(&bench.sqs, &bench.place, 500, true).await.is_err());
}

#[test]
fn an_age_is_told_in_its_two_largest_units() {
    for (seconds, told) in
        [(0, "0 s"), (59, "59 s"), (60, "1 min"), (3_725, "1 h 2 min"), (180_000, "2 d 2 h")]
    {
        assert_eq!(super::letter::for_people(Duration::from_secs(seconds)), told);
    }
}
