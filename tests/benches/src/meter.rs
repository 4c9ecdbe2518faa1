//! Counts round trips and units from outside, in the same way for every store.

use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_dynamodb::{
    error::BoxError,
    operation::{
        batch_get_item::BatchGetItemInput, get_item::GetItemInput, put_item::PutItemInput, query::QueryInput,
        transact_write_items::TransactWriteItemsInput,
    },
    types::ReturnConsumedCapacity,
};
use aws_smithy_runtime_api::client::{
    interceptors::{
        Intercept,
        context::{
            BeforeSerializationInterceptorContextMut, BeforeTransmitInterceptorContextRef,
            FinalizerInterceptorContextRef, Input,
        },
    },
    orchestrator::{HttpResponse, Metadata},
    runtime_components::RuntimeComponents,
};
use aws_smithy_types::config_bag::ConfigBag;
use event_store::Cost;
use serde_json::Value;

/// An interceptor of the SDK. It asks every request to report its units, even those of stores that
/// never ask, and reads the report from the response. Each HTTP attempt is a round trip.
#[derive(Clone, Debug, Default)]
pub(crate) struct Meter(Arc<Mutex<Cost>>);

impl Meter {
    /// What has been consumed since the last time.
    pub(crate) fn take(&self) -> Cost {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn add(&self, cost: Cost) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += cost;
    }
}

impl Intercept for Meter {
    fn name(&self) -> &'static str {
        "Meter"
    }

    fn modify_before_serialization(
        &self,
        context: &mut BeforeSerializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        ask_for_units(context.input_mut());
        Ok(())
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.add(Cost { round_trips: 1, ..Cost::default() });
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(response) = context.response() {
            self.add(units(is_write(config), response)?);
        }
        Ok(())
    }
}

fn ask_for_units(input: &mut Input) {
    macro_rules! ask {
        ($($operation:ty),*) => {
            $(if let Some(input) = input.downcast_mut::<$operation>() {
                input.return_consumed_capacity = Some(ReturnConsumedCapacity::Total);
            })*
        };
    }
    ask!(PutItemInput, TransactWriteItemsInput, QueryInput, GetItemInput, BatchGetItemInput);
}

/// The units of a response; one table reports an object, several report a list.
fn units(writes: bool, response: &HttpResponse) -> Result<Cost, BoxError> {
    let body = response.body().bytes().ok_or("a response that is not in memory")?;
    let body: Value = serde_json::from_slice(body)?;
    let consumed = &body["ConsumedCapacity"];
    let tables = consumed.as_array().map_or(std::slice::from_ref(consumed), Vec::as_slice);
    let costs = tables.iter().map(|table| of_table(table, writes));
    Ok(costs.fold(Cost::default(), |sum, cost| sum + cost))
}

fn of_table(consumed: &Value, writes: bool) -> Cost {
    let number = |name: &str| consumed[name].as_f64().unwrap_or_default();
    let total = number("CapacityUnits");
    // A transaction that repeats one is billed as a read.
    let read = if writes { number("ReadCapacityUnits") } else { total };
    Cost { round_trips: 0, read_units: read, write_units: total - read }
}

fn is_write(config: &ConfigBag) -> bool {
    let operation = config.load::<Metadata>().map(Metadata::name);
    matches!(operation, Some("PutItem" | "UpdateItem" | "DeleteItem" | "TransactWriteItems"))
}
