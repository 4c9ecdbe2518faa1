//! What fails is reported, and only that; what goes on goes on.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue::{N, S};
use infra_local::host::Delivery;
use serde_json::{Value, json};

use crate::{
    events::{by_operator, get, post, with_key},
    shapes::{QUEUE, fixture},
    stage::{Rest, Stage, call, create_alice},
};

/// Messages of these bodies, as the worker gets them.
pub(crate) fn messages(bodies: &[&str]) -> Value {
    let mut event = fixture(QUEUE);
    let message = event["Records"][0].clone();
    let message = |(place, body): (usize, &&str)| {
        let mut message = message.clone();
        message["messageId"] = format!("message-{place}").into();
        message["body"] = (*body).into();
        message
    };
    event["Records"] = bodies.iter().enumerate().map(message).collect();
    event
}

#[tokio::test]
#[ignore = "needs the bootstraps and servers: tests/bootstraps.sh"]
async fn of_a_batch_of_messages_only_the_bad_one_is_reported() {
    let stage = Stage::set("bad-message").await;
    let commands = stage.function("command-api").await;
    let mut rest = Rest::of(&stage).await;
    create_alice(&commands).await;
    while rest.to_dispatcher.deliver().await.unwrap() != Delivery::Idle {}
    let received = stage.clients.sqs.receive_message().queue_url(&stage.steps).send().await.unwrap();
    let step = received.messages()[0].body().unwrap().to_owned();

    let worker = stage.function("worker").await;
    let answer = worker.invoke(&messages(&[&step, "{", &step])).await;
    assert_eq!(answer, json!({ "batchItemFailures": [{ "itemIdentifier": "message-1" }] }));
    assert_eq!(worker.invoke(&messages(&[&step])).await, json!({ "batchItemFailures": [] }));
}

#[tokio::test]
#[ignore = "needs the bootstraps and servers: tests/bootstraps.sh"]
async fn a_record_that_nobody_can_read_is_parked_and_keeps_no_other_waiting() {
    let stage = Stage::set("bad-record").await;
    let (commands, queries) = (stage.function("command-api").await, stage.function("query-api").await);
    let operators = stage.function("operator-api").await;
    let mut rest = Rest::of(&stage).await;
    let (status, ..) = call(&commands, post("/v1/roles", &json!({ "name": "first" }))).await;
    assert_eq!(status, 201);
    let spoilt = stage.clients.dynamodb.put_item().table_name(&stage.events_table);
    let spoilt = spoilt.item("pk", S("acme#role#spoilt".into())).item("sk", N("1".into()));
    let spoilt = spoilt.item("k", S("c".into())).item("e", S("nobody knows this format".into()));
    spoilt.send().await.unwrap();
    let (status, ..) = call(&commands, with_key(post("/v1/roles", &json!({ "name": "last" })), "last")).await;
    assert_eq!(status, 201);

    let handled = rest.to_projector.deliver().await.unwrap();
    assert!(matches!(handled, Delivery::Handled(3..)), "nothing is reported: {handled:?}");
    let (_, _, roles) = call(&queries, get("/v1/roles", "")).await;
    let names: Vec<_> = roles["items"].as_array().unwrap().iter().map(|role| role["name"].clone()).collect();
    assert_eq!(names, ["first", "last"], "{roles}");
    let (_, _, parked) = call(&operators, by_operator(get("/v1/parked", ""))).await;
    assert_eq!(parked["items"][0]["stream"], "acme#role#spoilt", "{parked}");
}

#[tokio::test]
#[ignore = "needs the bootstraps and servers: tests/bootstraps.sh"]
async fn a_batch_that_could_not_be_sent_on_is_reported_by_its_record() {
    let stage = Stage::set("no-queue").await;
    let commands = stage.function("command-api").await;
    create_alice(&commands).await;
    // Nobody listens on port 9, the port of those who discard what they get.
    let nowhere = ("AWS_ENDPOINT_URL_SQS", "http://127.0.0.1:9".to_owned());
    let dispatcher = stage.function_with("dispatcher", Duration::from_secs(30), &[nowhere]).await;
    let mut to_dispatcher = stage.stream_to("dispatcher", &dispatcher);
    // The role's commit asks for nothing: it is done, and the user's comes again.
    assert_eq!(to_dispatcher.deliver().await.unwrap(), Delivery::Failed);
    let process = dispatcher.instance().expect("it runs");
    assert_eq!(to_dispatcher.deliver().await.unwrap(), Delivery::Failed);
    assert_eq!(dispatcher.instance(), Some(process));
}

#[tokio::test]
#[ignore = "needs the bootstraps and servers: tests/bootstraps.sh"]
async fn a_panic_is_one_failed_invocation() {
    let stage = Stage::set("panic").await;
    let panics = stage.function("panics").await;
    assert_eq!(panics.invoke(&json!({ "panic": false })).await, json!({ "panic": false }));
    let process = panics.instance().expect("it runs");
    let failed = panics.invoke(&json!({ "panic": true })).await;
    assert!(
        failed["errorMessage"].as_str().is_some_and(|said| said.contains("as it was told to")),
        "{failed}"
    );
    assert_eq!(panics.invoke(&json!({ "panic": false })).await, json!({ "panic": false }));
    assert_eq!(panics.instance(), Some(process));
}
