//! Counts what is written to a table of views, and read from it.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use aws_sdk_dynamodb::{
    error::BoxError,
    operation::{get_item::GetItemInput, put_item::PutItemInput},
    types::AttributeValue,
};
use aws_smithy_runtime_api::client::{
    interceptors::{Intercept, context::BeforeSerializationInterceptorContextRef},
    runtime_components::RuntimeComponents,
};
use aws_smithy_types::config_bag::ConfigBag;

/// An interceptor of the SDK.
#[derive(Clone, Debug, Default)]
pub(crate) struct Requests(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    rows: AtomicU64,
    reads: AtomicU64,
}

impl Requests {
    /// Rows that were written, jobs and the like beside them left out. What the SDK repeats counts once.
    pub(crate) fn rows(&self) -> u64 {
        self.0.rows.load(Ordering::Relaxed)
    }

    /// Items that were read by their key.
    pub(crate) fn reads(&self) -> u64 {
        self.0.reads.load(Ordering::Relaxed)
    }
}

impl Intercept for Requests {
    fn name(&self) -> &'static str {
        "Requests"
    }

    fn read_before_serialization(
        &self,
        context: &BeforeSerializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let input = context.input();
        if input.downcast_ref::<PutItemInput>().is_some_and(is_row) {
            self.0.rows.fetch_add(1, Ordering::Relaxed);
        }
        if input.downcast_ref::<GetItemInput>().is_some() {
            self.0.reads.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }
}

/// The partitions of everything else begin with an exclamation mark.
fn is_row(put: &PutItemInput) -> bool {
    let partition = put.item().and_then(|item| item.get("pk")).map(AttributeValue::as_s);
    partition.is_some_and(|pk| pk.is_ok_and(|pk| !pk.starts_with('!')))
}
