//! How requests get to the engine.

use aws_smithy_http_client::Builder;
use aws_smithy_runtime_api::client::{
    http::{HttpClient, HttpConnector as _, HttpConnectorSettings, SharedHttpClient},
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};
use aws_smithy_types::body::SdkBody;
use dynoxide::{Database, DynoxideError};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::engine::Engine;

#[derive(Clone)]
pub(crate) enum Road {
    /// By a function call: no socket and no thread, so that a plan is carried out in the same way each
    /// time.
    Call(Database),
    Network(SharedHttpClient),
}

impl Road {
    pub(crate) fn to(engine: &Engine) -> Self {
        match engine {
            Engine::Embedded => Self::Call(Database::memory().unwrap()),
            Engine::DynamoDbLocal(_) => Self::Network(Builder::new().build_http()),
        }
    }

    pub(crate) async fn carry(
        &self,
        request: HttpRequest,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> Result<HttpResponse, ConnectorError> {
        match self {
            Self::Call(database) => Ok(called(database, &request)),
            Self::Network(network) => network.http_connector(settings, components).call(request).await,
        }
    }
}

/// What the server of the embedded engine does with a request, for the operations that occur here.
fn called(database: &Database, request: &HttpRequest) -> HttpResponse {
    let body = body(request);
    let answer = match operation(request) {
        "CreateTable" => database.create_table(parsed(body)).map(written),
        "DescribeTable" => database.describe_table(parsed(body)).map(written),
        "PutItem" => database.put_item(parsed(body)).map(written),
        "TransactWriteItems" => database.transact_write_items(parsed(body)).map(written),
        "GetItem" => database.get_item(parsed(body)).map(written),
        "Query" => database.query(parsed(body)).map(written),
        "Scan" => database.scan(parsed(body)).map(written),
        other => panic!("{other} is not called here"),
    };
    match answer {
        Ok(body) => response(200, body),
        Err(error) => response(error.status_code(), DynoxideError::to_json(&error)),
    }
}

pub(crate) fn operation(request: &HttpRequest) -> &str {
    let target = request.headers().get("x-amz-target").expect("every request names its operation");
    target.rsplit('.').next().unwrap_or_default()
}

pub(crate) fn body(request: &HttpRequest) -> Value {
    serde_json::from_slice(request.body().bytes().expect("it is in memory")).unwrap()
}

pub(crate) fn response(status: u16, body: String) -> HttpResponse {
    HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body))
}

fn parsed<T: DeserializeOwned>(body: Value) -> T {
    serde_json::from_value(body).unwrap()
}

fn written(answer: impl serde::Serialize) -> String {
    serde_json::to_string(&answer).unwrap()
}
