//! An import without its way over the network: what the store would have sent goes into the engine in bulk.

use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_dynamodb::error::BoxError;
use aws_smithy_runtime_api::client::{
    http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};
use aws_smithy_types::body::SdkBody;
use dynoxide::{Database, ImportOptions, Item};
use serde::Deserialize;

/// Items that go into the engine at a time.
const BATCH: usize = 10_000;

/// An HTTP client of the SDK that knows two operations: `CreateTable`, and `TransactWriteItems` that only puts.
/// Nobody else may write, and nothing is written twice: no condition is looked at.
#[derive(Clone)]
pub(crate) struct BulkLoader {
    database: Database,
    table: &'static str,
    pending: Arc<Mutex<Vec<Item>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Transaction {
    transact_items: Vec<Written>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Written {
    put: Put,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Put {
    item: Item,
}

impl BulkLoader {
    pub(crate) fn new(database: Database, table: &'static str) -> Self {
        Self { database, table, pending: Arc::default() }
    }

    /// Writes what is left.
    ///
    /// # Errors
    /// The engine's.
    pub(crate) fn finish(&self) -> Result<(), BoxError> {
        let pending = std::mem::take(&mut *self.pending.lock().unwrap_or_else(PoisonError::into_inner));
        self.database.import_items(self.table, pending, ImportOptions::default())?;
        Ok(())
    }

    fn answer(&self, request: &HttpRequest) -> Result<(), BoxError> {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let body = request.body().bytes().ok_or("a request that is not in memory")?;
        match target.rsplit('.').next() {
            Some("CreateTable") => {
                self.database.create_table(serde_json::from_slice(body)?)?;
            }
            Some("TransactWriteItems") => {
                let transaction: Transaction = serde_json::from_slice(body)?;
                let items = transaction.transact_items.into_iter().map(|written| written.put.item);
                let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
                pending.extend(items);
                let is_full = pending.len() >= BATCH;
                drop(pending);
                if is_full {
                    self.finish()?;
                }
            }
            Some(_) | None => return Err(format!("{target} is not expected here").into()),
        }
        Ok(())
    }
}

impl HttpClient for BulkLoader {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for BulkLoader {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let answer = self.answer(&request).map_err(|error| ConnectorError::other(error, None));
        let ok = 200_u16.try_into().expect("200 is a status");
        HttpConnectorFuture::ready(answer.map(|()| HttpResponse::new(ok, SdkBody::from("{}"))))
    }
}

impl std::fmt::Debug for BulkLoader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BulkLoader")
    }
}
