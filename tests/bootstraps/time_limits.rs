//! Functions end before their time does, and somebody goes on when one did not.

use std::time::Duration;

use infra_local::host::{Delivery, QueueSettings};
use serde_json::json;
use tokio::time::{Instant, sleep_until};

use crate::{
    events::{by_operator, get, post},
    gate::Gate,
    stage::{Rest, Stage, call, create_alice},
};

/// What a worker leaves for the last step that it begins.
const TIME_FOR_A_STEP: Duration = Duration::from_secs(5);

#[tokio::test]
#[ignore = "needs the bootstraps and servers: tests/bootstraps.sh"]
async fn a_worker_reports_the_steps_that_it_has_no_time_for() {
    let stage = Stage::set("slow-steps").await;
    let commands = stage.function("command-api").await;
    let mut rest = Rest::of(&stage).await;
    create_alice(&commands).await;
    let bob =
        json!({ "userName": "bob", "displayName": "Bob", "email": "b@example.com", "roles": ["engineer"] });
    let (status, ..) = call(&commands, crate::events::with_key(post("/v1/users", &bob), "bob")).await;
    assert_eq!(status, 202);
    while rest.to_dispatcher.deliver().await.unwrap() != Delivery::Idle {}
    let received = stage.clients.sqs.receive_message().queue_url(&stage.steps).max_number_of_messages(10);
    let received = received.send().await.unwrap();
    let bodies: Vec<&str> = received.messages().iter().filter_map(|message| message.body()).collect();
    assert_eq!(bodies.len(), 2, "a role to link for each");

    let gate = Gate::before(&stage.dynamodb_url).await;
    let endpoint = ("AWS_ENDPOINT_URL_DYNAMODB", gate.url.clone());
    let limit = TIME_FOR_A_STEP + Duration::from_secs(3);
    let worker = stage.function_with("worker", limit, &[endpoint]).await;
    // The process is there before its time is measured.
    assert_eq!(worker.invoke(&json!({ "Records": [] })).await, json!({ "batchItemFailures": [] }));
    gate.shut();
    let (event, began) = (crate::failures::messages(&bodies), Instant::now());
    let too_late = async {
        sleep_until(began + limit - TIME_FOR_A_STEP + Duration::from_millis(500)).await;
        gate.open();
    };
    let (answer, ()) = tokio::join!(worker.invoke(&event), too_late);
    assert_eq!(answer, json!({ "batchItemFailures": [{ "itemIdentifier": "message-1" }] }));
    assert!(began.elapsed() < limit, "it was not ended");
}

#[tokio::test]
#[ignore = "needs the bootstraps and servers: tests/bootstraps.sh"]
async fn a_replayer_hands_a_segment_on_before_its_time_is_over() {
    let stage = Stage::set("slow-segment").await;
    let commands = stage.function("command-api").await;
    let operators = stage.function("operator-api").await;
    for name in ["one", "two", "three", "four"] {
        let role = crate::events::with_key(post("/v1/roles", &json!({ "name": name })), name);
        assert_eq!(call(&commands, role).await.0, 201);
    }
    // One item a second: the four take longer than one invocation, which stops a second after it began.
    let body = json!({ "projection": "role_directory", "segments": 1, "rateLimit": 1 });
    let (status, headers, started) = call(&operators, by_operator(post("/v1/replays", &body))).await;
    assert_eq!(status, 202, "{started}");
    let replayer = stage.function_with("replayer", Duration::from_secs(6), &[]).await;
    let to_replayer = stage.queue_to(&replayer, &stage.replays, QueueSettings::replays());
    assert_eq!(to_replayer.deliver(0).await.unwrap(), 1);
    let (_, _, seen) = call(&operators, by_operator(get(headers["location"].as_str().unwrap(), ""))).await;
    assert_eq!(seen["state"], "building", "{seen}");
    let mut invocations = 1;
    while to_replayer.deliver(0).await.unwrap() > 0 {
        invocations += 1;
    }
    let (_, _, seen) = call(&operators, by_operator(get(headers["location"].as_str().unwrap(), ""))).await;
    assert_eq!(seen["state"], "verified", "{seen}");
    assert!(invocations > 2, "{invocations}");
}

#[tokio::test]
#[ignore = "needs the bootstraps and servers: tests/bootstraps.sh"]
async fn a_function_that_was_ended_is_followed_by_a_new_one() {
    let stage = Stage::set("ended").await;
    let commands = stage.function("command-api").await;
    create_alice(&commands).await;
    let gate = Gate::before(&stage.sqs_url).await;
    let endpoint = ("AWS_ENDPOINT_URL_SQS", gate.url.clone());
    let limit = Duration::from_secs(2);
    let dispatcher = stage.function_with("dispatcher", limit, &[endpoint]).await;
    let nothing = json!({ "Records": [] });
    assert_eq!(dispatcher.invoke(&nothing).await, json!({ "batchItemFailures": [] }));
    let ended = dispatcher.instance().expect("it runs");

    gate.shut();
    let records = stage.next_records().await;
    let said = dispatcher.say(&records).await;
    assert!(said.contains("Task timed out after 2"), "{said}");
    gate.open();
    assert_eq!(dispatcher.invoke(&records).await, json!({ "batchItemFailures": [] }));
    assert_ne!(dispatcher.instance(), Some(ended));
    let received = stage.clients.sqs.receive_message().queue_url(&stage.steps).send().await.unwrap();
    assert_eq!(received.messages().len(), 1, "the step was sent out");
}
