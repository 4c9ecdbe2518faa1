//! A tap on the line between the AWS SDK and AWS: it counts requests, stops the world before one of
//! them, and lets one fail the way that networks and services fail.
//!
//! It sits below the SDK's retries, so a test sees every request that is really sent, and a fault meets
//! one attempt, not the whole operation.

use std::{
    fmt, io, mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use aws_smithy_runtime_api::client::{
    http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
        SharedHttpConnector,
    },
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};
use aws_smithy_types::body::SdkBody;
use futures_util::future::BoxFuture;

/// An HTTP client for AWS clients that passes everything on to another one, except what was planned
/// otherwise. Clones share the log and the plans; give `SharedHttpClient::new(tap.clone())` to the
/// client under test and keep the tap.
///
/// Every plan meets one request, and one request meets at most one hook and one fault, in the order in
/// which they were planned. A request passes the hook first.
#[derive(Clone)]
pub struct Tap {
    onward: SharedHttpClient,
    script: Arc<Mutex<Script>>,
    witness: Option<Witness>,
}

/// Which request a plan is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum At {
    /// The k-th request since the tap was made or reset; the first is 1. Retries count.
    Request(usize),
    /// The next request of this operation, for example `PutItem`.
    Next(String),
}

/// How a request fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is never sent, and times out.
    TimeoutBefore,
    /// It is sent and carried out, and the reply is lost on the way back.
    ReplyLost,
    /// It is refused for coming too fast, and not carried out.
    Throttled,
    /// The service answers 500, and has not carried it out.
    ServerError,
}

/// Looks at a request; whatever happens to it happens afterwards.
pub type Witness = Arc<dyn Fn(&str, &[u8]) -> BoxFuture<'static, ()> + Send + Sync>;

type Hook = Box<dyn FnOnce() -> BoxFuture<'static, ()> + Send>;

#[derive(Default)]
struct Script {
    log: Vec<String>,
    hooks: Vec<(At, Hook)>,
    faults: Vec<(At, Fault)>,
}

impl Tap {
    #[must_use]
    pub fn around(onward: SharedHttpClient) -> Self {
        Self { onward, script: Arc::default(), witness: None }
    }

    /// Shows the name and the body of every request to `witness`, before anything else happens to it.
    #[must_use]
    pub fn watched_by(mut self, witness: Witness) -> Self {
        self.witness = Some(witness);
        self
    }

    /// The operations requested so far, in order, retries and failed ones included.
    #[must_use]
    pub fn log(&self) -> Vec<String> {
        self.script().log.clone()
    }

    /// How many plans have not met their request. A test that ends with some left has not tested what
    /// it says.
    #[must_use]
    pub fn unmet(&self) -> usize {
        let script = self.script();
        script.hooks.len() + script.faults.len()
    }

    /// Forgets the log and every plan, and counts from 1 again.
    pub fn reset(&self) {
        drop(mem::take(&mut *self.script()));
    }

    /// Runs `hook` to its end before the request is transmitted. Requests that the hook itself makes
    /// through this tap are logged and counted after the one it precedes.
    pub fn before_request(
        &self,
        at: impl Into<At>,
        hook: impl FnOnce() -> BoxFuture<'static, ()> + Send + 'static,
    ) {
        self.script().hooks.push((at.into(), Box::new(hook)));
    }

    /// Lets the request fail.
    pub fn inject(&self, at: impl Into<At>, fault: Fault) {
        self.script().faults.push((at.into(), fault));
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HttpClient for Tap {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let onward = self.onward.http_connector(settings, components);
        SharedHttpConnector::new(Tapped { onward, tap: self.clone() })
    }
}

impl fmt::Debug for Tap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tap")
    }
}

impl From<usize> for At {
    fn from(number: usize) -> Self {
        Self::Request(number)
    }
}

impl From<&str> for At {
    fn from(operation: &str) -> Self {
        Self::Next(operation.to_owned())
    }
}

impl Script {
    fn meet(&mut self, operation: String) -> (Option<Hook>, Option<Fault>) {
        let number = self.log.len() + 1;
        let met = (take(&mut self.hooks, number, &operation), take(&mut self.faults, number, &operation));
        self.log.push(operation);
        met
    }
}

fn take<T>(plans: &mut Vec<(At, T)>, number: usize, operation: &str) -> Option<T> {
    let is_due = |at: &At| match at {
        At::Request(planned) => *planned == number,
        At::Next(planned) => planned == operation,
    };
    let due = plans.iter().position(|(at, _)| is_due(at))?;
    Some(plans.remove(due).1)
}

#[derive(Debug)]
struct Tapped {
    onward: SharedHttpConnector,
    tap: Tap,
}

impl HttpConnector for Tapped {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let operation = operation(&request);
        let body = request.body().bytes().unwrap_or_default();
        let seen = self.tap.witness.as_ref().map(|witness| witness(&operation, body));
        let (hook, fault) = self.tap.script().meet(operation);
        let onward = self.onward.clone();
        HttpConnectorFuture::new(async move {
            if let Some(seen) = seen {
                seen.await;
            }
            if let Some(hook) = hook {
                hook().await;
            }
            match fault {
                None => onward.call(request).await,
                Some(fault) => fail(fault, &onward, request).await,
            }
        })
    }
}

async fn fail(
    fault: Fault,
    onward: &SharedHttpConnector,
    request: HttpRequest,
) -> Result<HttpResponse, ConnectorError> {
    match fault {
        Fault::TimeoutBefore => Err(ConnectorError::timeout(io::Error::from(io::ErrorKind::TimedOut).into())),
        Fault::ReplyLost => {
            onward.call(request).await?;
            Err(ConnectorError::io(io::Error::from(io::ErrorKind::ConnectionReset).into()))
        }
        Fault::Throttled => Ok(refusal(400, throttling(target(&request)))),
        Fault::ServerError => Ok(refusal(500, "InternalServerError")),
    }
}

/// What each service says when it is called too often.
fn throttling(target: &str) -> &'static str {
    match target.split('.').next() {
        Some("DynamoDB_20120810") => {
            "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"
        }
        Some("AmazonSQS") => "com.amazonaws.sqs#RequestThrottled",
        _ => "ThrottlingException",
    }
}

fn refusal(status: u16, error: &str) -> HttpResponse {
    let body = serde_json::json!({ "__type": error, "message": "injected by a test" }).to_string();
    let status = status.try_into().expect("400 and 500 are statuses");
    HttpResponse::new(status, SdkBody::from(body))
}

/// The operation's name. Services that name it in the path instead of `x-amz-target` go by their path.
fn operation(request: &HttpRequest) -> String {
    match target(request).split_once('.') {
        Some((_, operation)) => operation.to_owned(),
        None => {
            let uri = request.uri();
            let path =
                uri.split_once("://").map_or(uri, |(_, rest)| rest.find('/').map_or("/", |at| &rest[at..]));
            format!("{} {path}", request.method())
        }
    }
}

fn target(request: &HttpRequest) -> &str {
    request.headers().get("x-amz-target").unwrap_or_default()
}
