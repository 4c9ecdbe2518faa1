//! A DynamoDB that takes no work: every answer is made up beforehand. What is counted beside it is the
//! store and the SDK, and neither an engine nor a network.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use aws_smithy_runtime_api::client::{
    http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
    orchestrator::{HttpRequest, HttpResponse},
    runtime_components::RuntimeComponents,
};
use aws_smithy_types::body::SdkBody;
use serde_json::{Map, Value, json};

use crate::PROJECTION;

const PUT: &str = r#"{"ConsumedCapacity":{"TableName":"events","CapacityUnits":1.0}}"#;

/// First it keeps the newest items that are put. Then, once [`freeze`](Self::freeze) was called, each
/// query finds those, in descending order, and puts are accepted and forgotten.
#[derive(Clone, Debug)]
pub(crate) struct Canned(Arc<Mutex<Phase>>);

#[derive(Debug)]
enum Phase {
    Recording { newest: VecDeque<Value>, page: usize },
    Replaying(String),
}

impl Canned {
    /// Pages of so many items.
    pub(crate) fn recording(page: usize) -> Self {
        Self(Arc::new(Mutex::new(Phase::Recording { newest: VecDeque::new(), page })))
    }

    pub(crate) fn freeze(&self) {
        let mut phase = self.phase();
        if let Phase::Recording { newest, .. } = &*phase {
            *phase = Phase::Replaying(page(newest));
        }
    }

    fn phase(&self) -> MutexGuard<'_, Phase> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self, request: &HttpRequest) -> SdkBody {
        match (operation(request), &mut *self.phase()) {
            ("PutItem", Phase::Recording { newest, page }) => {
                newest.push_front(item(request));
                newest.truncate(*page);
                SdkBody::from(PUT)
            }
            ("PutItem", Phase::Replaying(_)) => SdkBody::from(PUT),
            ("Query", Phase::Replaying(page)) => SdkBody::from(page.as_str()),
            (operation, _) => panic!("{operation} has no answer here"),
        }
    }
}

fn operation(request: &HttpRequest) -> &str {
    let target = request.headers().get("x-amz-target").unwrap_or_default();
    target.rsplit('.').next().unwrap_or_default()
}

fn item(request: &HttpRequest) -> Value {
    let body = request.body().bytes().expect("the request is in memory");
    let mut body: Value = serde_json::from_slice(body).expect("the request is JSON");
    body["Item"].take()
}

/// A page that its limit ended: there are older items. Of each there is what the store asks for.
fn page(newest: &VecDeque<Value>) -> String {
    let oldest = newest.back().expect("something was recorded");
    json!({
        "Items": newest.iter().map(asked_for).collect::<Vec<_>>(),
        "Count": newest.len(),
        "ScannedCount": newest.len(),
        "LastEvaluatedKey": { "pk": oldest["pk"], "sk": oldest["sk"] },
        "ConsumedCapacity": { "TableName": "events", "CapacityUnits": 2.0 },
    })
    .to_string()
}

fn asked_for(item: &Value) -> Map<String, Value> {
    let mut item = item.as_object().expect("an item is a map").clone();
    item.retain(|name, _| PROJECTION.split(", ").any(|asked| asked == name));
    item
}

impl HttpClient for Canned {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Canned {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let ok = 200.try_into().expect("200 is a status");
        HttpConnectorFuture::ready(Ok(HttpResponse::new(ok, self.answer(&request))))
    }
}
