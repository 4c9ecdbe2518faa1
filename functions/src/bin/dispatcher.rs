//! The Lambda function `dispatcher`: the second of the two readers that the stream may have.

use aws_lambda_events::dynamodb::Event;
use functions::{dispatcher::Dispatcher, setup::Aws};
use infra_aws::{clock::Clock, logs};
use lambda_runtime::{Error, LambdaEvent, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    logs::to_stdout();
    #[cfg(feature = "otel")]
    functions::spans::export_from_environment()?;
    let dispatcher = &Dispatcher::new(Aws::from_environment().await.steps()?, Clock::system());
    let handle =
        |event: LambdaEvent<Event>| async move { Ok::<_, Error>(dispatcher.handle(event.payload).await) };
    lambda_runtime::run(service_fn(handle)).await
}
