//! What may happen to a request between the store and DynamoDB.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use aws_smithy_http_client::Builder;
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

/// What happens to one request.
enum Fault {
    /// It arrives and is carried out, but no reply comes back.
    LoseReply,
    /// It is answered on the way, with status 400.
    Answer(String),
    /// It is held up until something else has happened.
    After(BoxFuture<'static, ()>),
}

/// Passes requests on, except those that a fault has been ordered for.
#[derive(Clone)]
pub(crate) struct Faults {
    network: SharedHttpClient,
    ordered: Arc<Mutex<VecDeque<(&'static str, Fault)>>>,
    writes: Arc<AtomicUsize>,
}

impl Default for Faults {
    fn default() -> Self {
        Self { network: Builder::new().build_http(), ordered: Arc::default(), writes: Arc::default() }
    }
}

impl Faults {
    pub(crate) fn lose_reply(&self, operation: &'static str) {
        self.order(operation, Fault::LoseReply);
    }

    pub(crate) fn answer(&self, operation: &'static str, body: impl Into<String>) {
        self.order(operation, Fault::Answer(body.into()));
    }

    /// Lets `event` happen just before the next request of this operation arrives.
    pub(crate) fn before(&self, operation: &'static str, event: impl Future<Output = ()> + Send + 'static) {
        self.order(operation, Fault::After(Box::pin(event)));
    }

    /// Every fault that was ordered has happened.
    pub(crate) fn all_happened(&self) -> bool {
        self.ordered.lock().unwrap().is_empty()
    }

    /// How many requests there were that were no reads.
    pub(crate) fn writes(&self) -> usize {
        self.writes.load(Ordering::Relaxed)
    }

    fn order(&self, operation: &'static str, fault: Fault) {
        self.ordered.lock().unwrap().push_back((operation, fault));
    }

    /// The next fault, if it is for this request.
    fn for_request(&self, request: &HttpRequest) -> Option<Fault> {
        let target = request.headers().get("x-amz-target")?;
        let next = |&mut (operation, _): &mut (&str, Fault)| target.ends_with(&format!(".{operation}"));
        let (_, fault) = self.ordered.lock().unwrap().pop_front_if(next)?;
        Some(fault)
    }
}

impl HttpClient for Faults {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let network = self.network.http_connector(settings, components);
        SharedHttpConnector::new(FaultyConnector { network, faults: self.clone() })
    }
}

#[derive(Debug)]
struct FaultyConnector {
    network: SharedHttpConnector,
    faults: Faults,
}

impl HttpConnector for FaultyConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        assert!(is_strong(&request), "a read that is not strongly consistent: {request:?}");
        self.faults.writes.fetch_add(usize::from(!is_read(&request)), Ordering::Relaxed);
        let network = self.network.clone();
        match self.faults.for_request(&request) {
            None => network.call(request),
            Some(Fault::Answer(body)) => HttpConnectorFuture::ready(Ok(bad_request(body))),
            Some(Fault::LoseReply) => HttpConnectorFuture::new(async move {
                network.call(request).await?;
                Err(ConnectorError::io("the reply was lost".into()))
            }),
            Some(Fault::After(event)) => HttpConnectorFuture::new(async move {
                event.await;
                network.call(request).await
            }),
        }
    }
}

/// Whether a request is no read, or one that asks for what is there now. The engines read strongly either way.
fn is_strong(request: &HttpRequest) -> bool {
    let body = request.body().bytes().unwrap_or_default();
    !is_read(request) || String::from_utf8_lossy(body).contains(r#""ConsistentRead":true"#)
}

fn is_read(request: &HttpRequest) -> bool {
    let target = request.headers().get("x-amz-target").unwrap_or_default();
    ["Query", "GetItem", "Scan"].iter().any(|read| target.ends_with(&format!(".{read}")))
}

fn bad_request(body: String) -> HttpResponse {
    HttpResponse::new(400.try_into().unwrap(), SdkBody::from(body))
}

impl std::fmt::Debug for Faults {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Faults")
    }
}

/// DynamoDB's answer to a transaction that was cancelled for these reasons, one for each of its items.
pub(crate) fn cancelled(codes: &[&str]) -> String {
    let reasons: Vec<_> = codes.iter().map(|code| format!(r#"{{"Code":"{code}"}}"#)).collect();
    format!(
        r#"{{"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException","CancellationReasons":[{}]}}"#,
        reasons.join(",")
    )
}
