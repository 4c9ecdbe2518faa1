//! Panics when it is told to. Nothing that comes from outside makes our functions panic, so this shows for
//! them that a binary of their profile survives it.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let handle = |event: LambdaEvent<Value>| async move {
        assert!(event.payload["panic"] != true, "as it was told to");
        Ok::<_, Error>(event.payload)
    };
    lambda_runtime::run(service_fn(handle)).await
}
