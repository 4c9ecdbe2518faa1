use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::IntoResponse,
    routing::{get, post},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use tokio::{
    net::TcpListener,
    sync::{Mutex as AsyncMutex, mpsc, oneshot},
    time::timeout,
};

/// An invocation that takes longer does not end.
const PATIENCE: Duration = Duration::from_secs(30);

/// A Lambda Runtime API for one function: hands it events, takes its answers.
#[derive(Clone)]
pub(crate) struct RuntimeApi {
    /// For `AWS_LAMBDA_RUNTIME_API`.
    pub(crate) address: String,
    events: mpsc::UnboundedSender<Invocation>,
}

type Answer = oneshot::Sender<Result<Value, Value>>;
type Invocation = (Value, Answer);

#[derive(Clone)]
struct Server {
    events: Arc<AsyncMutex<mpsc::UnboundedReceiver<Invocation>>>,
    waiting: Arc<Mutex<HashMap<String, Answer>>>,
    number: Arc<AtomicU64>,
}

impl RuntimeApi {
    pub(crate) async fn start() -> Self {
        let (events, received) = mpsc::unbounded_channel();
        let server = Server {
            events: Arc::new(AsyncMutex::new(received)),
            waiting: Arc::default(),
            number: Arc::default(),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let routes = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(answered))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(failed))
            .with_state(server);
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self { address, events }
    }

    /// Invokes the function; `Err` is what it reported as its error.
    pub(crate) async fn invoke<A: DeserializeOwned>(&self, event: &impl Serialize) -> Result<A, Value> {
        let (answer, answered) = oneshot::channel();
        self.events.send((serde_json::to_value(event).unwrap(), answer)).unwrap();
        let answer = timeout(PATIENCE, answered)
            .await
            .expect("the function answers in time")
            .expect("it is listened to")?;
        Ok(serde_json::from_value(answer).unwrap())
    }
}

async fn next(State(server): State<Server>) -> impl IntoResponse {
    let (event, answer) = server.events.lock().await.recv().await.expect("the test goes on");
    let id = format!("invocation-{}", server.number.fetch_add(1, Ordering::Relaxed));
    server.waiting.lock().unwrap().insert(id.clone(), answer);
    let headers: HeaderMap = [
        ("lambda-runtime-aws-request-id", id.as_str()),
        ("lambda-runtime-deadline-ms", "4102444800000"),
        ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:123456789012:function:function"),
        (
            "lambda-runtime-trace-id",
            "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0",
        ),
    ]
    .into_iter()
    .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
    .collect();
    (headers, Json(event))
}

// The runtime sends no content type, so what comes is read by hand.
async fn answered(State(server): State<Server>, Path(id): Path<String>, answer: Bytes) -> StatusCode {
    server.settle(&id, Ok(serde_json::from_slice(&answer).unwrap()))
}

async fn failed(State(server): State<Server>, Path(id): Path<String>, error: Bytes) -> StatusCode {
    server.settle(&id, Err(serde_json::from_slice(&error).unwrap()))
}

impl Server {
    fn settle(&self, id: &str, answer: Result<Value, Value>) -> StatusCode {
        if let Some(waiting) = self.waiting.lock().unwrap().remove(id) {
            // A test that has given up does not listen any more.
            drop(waiting.send(answer));
        }
        StatusCode::ACCEPTED
    }
}
