//! What a collector of OpenTelemetry is told, and that nobody waits for one that is slow or not there.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::{Json, Router, extract::State, routing::post as route};
use infra_aws::clock::Clock;
use infra_local::{
    host::QueueSettings,
    stack::{Home, Ports, Stack},
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::{call, events::post, processes::Processes, queue_to, stream_to};

const CALLERS: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// A collector that keeps what it is sent: OTLP over HTTP, in JSON.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<Value>>>);

impl Collector {
    /// Answers where it listens. `patience`: how long it takes for each answer.
    async fn start(&self, patience: Duration) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let take = move |State(Self(kept)): State<Self>, Json(sent): Json<Value>| async move {
            tokio::time::sleep(patience).await;
            kept.lock().unwrap().push(sent);
            Json(json!({}))
        };
        let routes = Router::new().route("/v1/traces", route(take)).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        address
    }

    fn spans(&self) -> Vec<Value> {
        let kept = self.0.lock().unwrap();
        let list = |value: &Value, name: &str| value[name].as_array().cloned().unwrap_or_default();
        let resources = kept.iter().flat_map(|sent| list(sent, "resourceSpans"));
        let scopes = resources.flat_map(|resource| list(&resource, "scopeSpans"));
        scopes.flat_map(|scope| list(&scope, "spans")).collect()
    }
}

async fn started(endpoint: &str, stack: &Stack, outbox: &std::path::Path) -> Processes {
    let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json")];
    Processes::start_with(stack, outbox, &variables).await
}

fn create(name: &str) -> Value {
    let body = json!({ "userName": name, "displayName": name, "email": format!("{name}@example.com") });
    let mut event = post("/v1/users", &body);
    event["headers"]["traceparent"] = json!(CALLERS);
    event
}

#[tokio::test]
async fn a_request_its_commits_and_its_steps_are_one_trace_and_batches_are_linked_to_it() {
    let stack = Stack::start(&Home::Memory, Ports::default(), Clock::system()).await.unwrap();
    let (outbox, collector) = (tempfile::tempdir().unwrap(), Collector::default());
    let processes = started(&collector.start(Duration::ZERO).await, &stack, outbox.path()).await;
    let mut to_projector = stream_to(&processes.projector, "projector", &stack);
    let mut to_dispatcher = stream_to(&processes.dispatcher, "dispatcher", &stack);
    let to_worker = queue_to(&processes.worker, &stack, &stack.steps_queue_url, QueueSettings::steps());

    assert_eq!(call(&processes.command_api, create("alice")).await.0, 202);
    // Each of them is told of before its invocation ends.
    to_dispatcher.deliver().await.unwrap();
    assert_eq!(to_worker.deliver(0).await.unwrap(), 1);
    to_projector.deliver().await.unwrap();

    let spans = collector.spans();
    let text = |span: &Value, field: &str| span[field].as_str().unwrap_or_default().to_owned();
    let named = |name: &str| {
        let found: Vec<&Value> = spans.iter().filter(|span| span["name"] == name).collect();
        assert!(!found.is_empty(), "there is no {name}: {spans:#?}");
        found[0].clone()
    };
    let chain = ["POST /v1/users", "command.create_user", "send send_confirmation", "step.send_confirmation"];
    let mut parent = "00f067aa0ba902b7".to_owned();
    for name in chain {
        let span = named(name);
        assert_eq!((text(&span, "traceId"), text(&span, "parentSpanId")), (TRACE.into(), parent), "{name}");
        parent = text(&span, "spanId");
    }
    for name in ["command.issue_confirmation", "command.record_step_result"] {
        assert_eq!(
            (text(&named(name), "traceId"), text(&named(name), "parentSpanId")),
            (TRACE.into(), parent.clone())
        );
    }

    let linked = |span: &Value, to: &Value| {
        let links = span["links"].as_array().cloned().unwrap_or_default();
        links.iter().any(|link| link["traceId"] == to["traceId"] && link["spanId"] == to["spanId"])
    };
    let (batch, step) = (named("process steps"), named("step.send_confirmation"));
    assert!(linked(&batch, &named("send send_confirmation")) && linked(&step, &batch));
    assert!(linked(&named("project"), &named("command.create_user")));
    assert_ne!(text(&batch, "traceId"), TRACE);
    let said = serde_json::to_string(&spans).unwrap();
    assert!(!said.contains("example.com") && !said.contains("alice"), "{said}");
    processes.stop().await;
    stack.stop().await;
}

#[tokio::test]
async fn nobody_waits_for_a_collector_that_is_slow_and_nobody_fails_without_one() {
    let stack = Stack::start(&Home::Memory, Ports::default(), Clock::system()).await.unwrap();
    let (outbox, collector) = (tempfile::tempdir().unwrap(), Collector::default());
    let slow = collector.start(Duration::from_secs(60)).await;
    for (name, endpoint) in [("slow", slow.as_str()), ("gone", "http://127.0.0.1:9")] {
        let processes = started(endpoint, &stack, outbox.path()).await;
        let mut event = create(name);
        event["headers"]["idempotency-key"] = json!(name);
        let began = Instant::now();
        assert_eq!(call(&processes.command_api, event).await.0, 202, "{name}");
        assert!(began.elapsed() < Duration::from_secs(20), "{name}");
        processes.stop().await;
    }
    assert_eq!(collector.spans(), Vec::<Value>::new());
    stack.stop().await;
}
