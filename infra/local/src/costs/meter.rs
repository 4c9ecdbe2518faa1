//! A meter on the line between the AWS SDK and AWS.

use std::{
    fmt,
    iter::Sum,
    ops::Add,
    sync::{Arc, Mutex, PoisonError},
};

use aws_sdk_dynamodb::error::BoxError;
use aws_smithy_runtime_api::client::{
    http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
        SharedHttpConnector,
    },
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};
use aws_smithy_types::{body::SdkBody, byte_stream::ByteStream};
use serde::Serialize;
use serde_json::Value;

/// What requests came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Usage {
    pub dynamodb_requests: u64,
    pub write_units: f64,
    pub read_units: f64,
    pub sqs_requests: u64,
}

impl Add for Usage {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            dynamodb_requests: self.dynamodb_requests + other.dynamodb_requests,
            write_units: self.write_units + other.write_units,
            read_units: self.read_units + other.read_units,
            sqs_requests: self.sqs_requests + other.sqs_requests,
        }
    }
}

impl Sum for Usage {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), Add::add)
    }
}

/// An HTTP client for AWS clients. It asks every request to report its units, and reads the report.
#[derive(Clone)]
pub(super) struct Meter {
    onward: SharedHttpClient,
    usage: Arc<Mutex<Usage>>,
}

impl Meter {
    pub(super) fn around(onward: SharedHttpClient) -> Self {
        Self { onward, usage: Arc::default() }
    }

    /// What was used since the last time.
    pub(super) fn take(&self) -> Usage {
        std::mem::take(&mut *self.usage.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn add(&self, used: Usage) {
        let mut usage = self.usage.lock().unwrap_or_else(PoisonError::into_inner);
        *usage = *usage + used;
    }
}

impl fmt::Debug for Meter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Meter")
    }
}

impl HttpClient for Meter {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let onward = self.onward.http_connector(settings, components);
        SharedHttpConnector::new(Metered { onward, meter: self.clone() })
    }
}

#[derive(Debug)]
struct Metered {
    onward: SharedHttpConnector,
    meter: Meter,
}

impl HttpConnector for Metered {
    fn call(&self, mut request: HttpRequest) -> HttpConnectorFuture {
        let (onward, meter) = (self.onward.clone(), self.meter.clone());
        let target = request.headers().get("x-amz-target").unwrap_or_default().to_owned();
        HttpConnectorFuture::new(async move {
            let Some(operation) = target.strip_prefix("DynamoDB_20120810.") else {
                meter.add(Usage { sqs_requests: 1, ..Usage::default() });
                return onward.call(request).await;
            };
            ask_for_units(&mut request).map_err(ConnectorError::user)?;
            let mut response = onward.call(request).await?;
            let used = units(&mut response, is_write(operation)).await;
            meter.add(used.map_err(|error| ConnectorError::other(error, None))?);
            Ok(response)
        })
    }
}

/// The signature does not hold any more; the embedded engine does not look at it.
fn ask_for_units(request: &mut HttpRequest) -> Result<(), BoxError> {
    let mut body: Value = serde_json::from_slice(request.body().bytes().unwrap_or_default())?;
    body["ReturnConsumedCapacity"] = "TOTAL".into();
    let body = body.to_string();
    request.headers_mut().insert("content-length", body.len().to_string());
    *request.body_mut() = SdkBody::from(body);
    Ok(())
}

/// The units of a response; one table reports an object, several report a list.
async fn units(response: &mut HttpResponse, is_write: bool) -> Result<Usage, BoxError> {
    let bytes = ByteStream::new(response.take_body()).collect().await?.into_bytes();
    let body: Value = serde_json::from_slice(&bytes)?;
    *response.body_mut() = SdkBody::from(bytes);
    let consumed = &body["ConsumedCapacity"];
    let tables = consumed.as_array().map_or(std::slice::from_ref(consumed), Vec::as_slice);
    let used: Usage = tables.iter().map(|table| of_table(table, is_write)).sum();
    Ok(Usage { dynamodb_requests: 1, ..used })
}

fn of_table(consumed: &Value, is_write: bool) -> Usage {
    let number = |name: &str| consumed[name].as_f64().unwrap_or_default();
    let total = number("CapacityUnits");
    // A transaction that repeats one is billed as a read.
    let read_units = if is_write { number("ReadCapacityUnits") } else { total };
    Usage { read_units, write_units: total - read_units, ..Usage::default() }
}

fn is_write(operation: &str) -> bool {
    ["PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "BatchWriteItem"].contains(&operation)
}
