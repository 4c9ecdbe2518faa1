//! The Lambda binaries as processes of their own, each under a Runtime API, on the embedded engines: what
//! is deployed is what was tested, down to the JSON of the events.

mod environment;
mod events;
mod processes;
mod runtime_api;
#[cfg(feature = "otel")]
mod spans;

use std::{path::Path, sync::Arc};

use aws_lambda_events::{dynamodb::Event, sqs::SqsEvent};
use infra_aws::clock::Clock;
use infra_local::{
    host::{Checkpoints, Delivery, OnFailure, QueueMapping, QueueSettings, StreamHandler, StreamMapping},
    stack::{Home, Ports, Stack},
};
use serde_json::{Value, json};

use events::{by_operator, get, post, schedule};
use processes::{Processes, worker_without};
use runtime_api::RuntimeApi;

/// A mapping that delivers the stream to a process.
fn stream_to(process: &RuntimeApi, reader: &'static str, stack: &Stack) -> StreamMapping {
    let process = process.clone();
    let handler: StreamHandler = Arc::new(move |event: Event| {
        let process = process.clone();
        Box::pin(async move { process.invoke(&event).await.expect("the function answers") })
    });
    let checkpoints = Arc::new(Checkpoints::open(None).unwrap());
    let (client, stream) = (stack.clients.streams.clone(), stack.stream_arn.clone());
    StreamMapping::new(reader, client, stream, handler, checkpoints, OnFailure::Forget)
}

fn queue_to(process: &RuntimeApi, stack: &Stack, url: &str, settings: QueueSettings) -> QueueMapping {
    let process = process.clone();
    let handler = Arc::new(move |event: SqsEvent| {
        let process = process.clone();
        Box::pin(async move { process.invoke(&event).await.expect("the function answers") }) as _
    });
    QueueMapping::new(stack.clients.sqs.clone(), url.into(), handler, settings)
}

/// Calls an HTTP function; answers status, headers and body.
async fn call(process: &RuntimeApi, event: Value) -> (u64, Value, Value) {
    let answer: Value = process.invoke(&event).await.expect("the function answers");
    let body = serde_json::from_str(answer["body"].as_str().unwrap_or("null")).unwrap_or(Value::Null);
    (answer["statusCode"].as_u64().unwrap(), answer["headers"].clone(), body)
}

#[tokio::test]
async fn a_user_walks_through_the_processes_and_a_replay_an_import_and_a_webhook_do() {
    let stack = Stack::start(&Home::Memory, Ports::default(), Clock::system()).await.unwrap();
    let outbox = tempfile::tempdir().unwrap();
    let processes = Processes::start(&stack, outbox.path()).await;
    let mut to_projector = stream_to(&processes.projector, "projector", &stack);
    let mut to_dispatcher = stream_to(&processes.dispatcher, "dispatcher", &stack);
    let to_worker = queue_to(&processes.worker, &stack, &stack.steps_queue_url, QueueSettings::steps());

    let (status, ..) = call(&processes.command_api, post("/v1/roles", &json!({ "name": "engineer" }))).await;
    assert_eq!(status, 201);
    let alice = json!({ "userName": "alice", "displayName": "Zoë 李", "email": "a@example.com", "roles": ["engineer"] });
    let (status, headers, body) = call(&processes.command_api, post("/v1/users", &alice)).await;
    assert_eq!((status, body["status"].as_str()), (202, Some("provisioning")), "{body}");
    assert_eq!(headers["location"], format!("/v1/users/{}", body["id"].as_str().unwrap()));
    let path = headers["location"].as_str().unwrap().to_owned();

    loop {
        let delivered = (to_projector.deliver().await.unwrap(), to_dispatcher.deliver().await.unwrap());
        let worked = to_worker.deliver(0).await.unwrap();
        if (delivered, worked) == ((Delivery::Idle, Delivery::Idle), 0) {
            break;
        }
    }
    let (status, _, seen) = call(&processes.query_api, get(&format!("{path}/provisioning"), "")).await;
    assert_eq!((status, seen["status"].as_str()), (200, Some("pending_confirmation")), "{seen}");
    let (_, _, listed) = call(&processes.query_api, get("/v1/users", "role=engineer&limit=5")).await;
    assert_eq!(listed["items"][0]["displayName"], "Zoë 李");

    let token = token_in(outbox.path());
    let (status, _, body) =
        call(&processes.command_api, post("/v1/confirmations", &json!({ "token": token }))).await;
    assert_eq!((status, body["status"].as_str()), (200, Some("active")), "{body}");

    let to_replayer =
        queue_to(&processes.replayer, &stack, &stack.replays_queue_url, QueueSettings::replays());
    let body = json!({ "projection": "user_directory", "segments": 2 });
    let (status, headers, started) =
        call(&processes.operator_api, by_operator(post("/v1/replays", &body))).await;
    assert_eq!((status, started["state"].as_str()), (202, Some("building")), "{started}");
    while to_replayer.deliver(0).await.unwrap() > 0 {}
    let replay = by_operator(get(headers["location"].as_str().unwrap(), ""));
    let (_, _, replayed) = call(&processes.operator_api, replay).await;
    assert_eq!(replayed["state"], "verified", "{replayed}");
    let (status, _, refused) = call(&processes.operator_api, get("/v1/parked", "")).await;
    assert_eq!((status, refused["code"].as_str()), (403, Some("forbidden")), "an owner is no operator");

    let to_importer =
        queue_to(&processes.importer, &stack, &stack.imports_queue_url, QueueSettings::imports());
    let row = json!({ "userName": "bob", "displayName": "Bob", "email": "bob@example.com" });
    let mut file = post("/v1/imports", &row);
    file["headers"]["content-type"] = json!("application/x-ndjson");
    file["headers"]["idempotency-key"] = json!("file");
    let (status, headers, accepted) = call(&processes.command_api, file).await;
    assert_eq!((status, accepted["rows"].as_u64()), (202, Some(1)), "{accepted}");
    while to_importer.deliver(0).await.unwrap() > 0 {}
    let import = get(headers["location"].as_str().unwrap(), "");
    let (_, _, imported) = call(&processes.query_api, import).await;
    assert_eq!(
        (&imported["state"], &imported["counts"]["created"]),
        (&json!("done"), &json!(1)),
        "{imported}"
    );

    let to_courier =
        queue_to(&processes.courier, &stack, &stack.deliveries_queue_url, QueueSettings::deliveries());
    let mut hook = post("/v1/webhooks", &json!({ "url": "https://receiver.invalid/" }));
    hook["headers"]["idempotency-key"] = json!("hook");
    let (status, headers, created) = call(&processes.command_api, hook).await;
    assert_eq!(status, 201, "{created}");
    let webhook = headers["location"].as_str().unwrap().to_owned();
    let (status, ..) = call(&processes.command_api, post(&format!("{webhook}/test"), &json!({}))).await;
    assert_eq!((status, to_courier.deliver(0).await.unwrap()), (202, 1));
    let (_, _, tries) = call(&processes.query_api, get(&format!("{webhook}/deliveries"), "")).await;
    // How long it takes to find out that there is no such name differs.
    let error = tries["items"][0]["error"].as_str();
    assert!(matches!(error, Some("unreachable" | "too_slow")), "{tries}");

    let round: Value = processes.watchdog.invoke(&schedule()).await.unwrap();
    assert_eq!(round["failed"], 0);
    processes.stop().await;
    stack.stop().await;
}

#[tokio::test]
async fn a_function_refuses_who_comes_without_claims_and_what_it_cannot_read() {
    let stack = Stack::start(&Home::Memory, Ports::default(), Clock::system()).await.unwrap();
    let outbox = tempfile::tempdir().unwrap();
    let processes = Processes::start(&stack, outbox.path()).await;
    let mut nobody = post("/v1/roles", &json!({ "name": "engineer" }));
    nobody["requestContext"].as_object_mut().unwrap().remove("authorizer");
    let (status, headers, body) = call(&processes.command_api, nobody).await;
    assert_eq!((status, body["code"].as_str()), (401, Some("unauthenticated")));
    assert_eq!(headers["content-type"], "application/problem+json");

    let mut encoded = post("/v1/roles", &json!({}));
    encoded["body"] = json!("eyJuYW1lIjoiZW5naW5lZXIifQ==");
    encoded["isBase64Encoded"] = json!(true);
    assert_eq!(call(&processes.command_api, encoded).await.0, 201);

    let letter = json!({ "Records": [{ "messageId": "m-1", "receiptHandle": "r", "body": "{", "attributes": {},
        "messageAttributes": {}, "eventSource": "aws:sqs", "awsRegion": "us-east-1" }] });
    let answer: Value = processes.worker.invoke(&letter).await.unwrap();
    assert_eq!(answer, json!({ "batchItemFailures": [{ "itemIdentifier": "m-1" }] }));
    let nothing: Value = processes.projector.invoke(&json!({ "Records": [] })).await.unwrap();
    assert_eq!(nothing, json!({ "batchItemFailures": [] }));
    processes.stop().await;
    stack.stop().await;
}

#[tokio::test]
async fn a_worker_that_lacks_a_setting_of_its_mail_ends_and_names_it() {
    let stack = Stack::start(&Home::Memory, Ports::default(), Clock::system()).await.unwrap();
    let outbox = tempfile::tempdir().unwrap();
    for setting in ["MAIL_TRANSPORT", "MAIL_OUTBOX", "MAIL_FROM"] {
        let said = worker_without(setting, &stack, outbox.path()).await;
        assert!(said.contains(setting), "{said}");
    }
    stack.stop().await;
}

/// The token in the only mail.
fn token_in(outbox: &Path) -> String {
    let mails: Vec<_> = std::fs::read_dir(outbox).unwrap().map(|entry| entry.unwrap().path()).collect();
    let [mail] = mails.as_slice() else { panic!("there are {} mails", mails.len()) };
    let text = std::fs::read_to_string(mail).unwrap();
    let (_, rest) = text.split_once("?token=").unwrap();
    rest.lines().next().unwrap().to_owned()
}
