//! The Lambda function `dispatcher`: the second of the two readers that the stream may have.

use aws_lambda_events::dynamodb::Event;
use functions::{
    dispatcher::Dispatcher,
    setup::{Aws, Connection, begin_telemetry},
};
use infra_aws::clock::Clock;
use lambda_runtime::{Error, LambdaEvent, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    begin_telemetry()?;
    let aws = Aws::from_environment().await;
    let dispatcher = &Dispatcher::new(aws.steps()?, aws.feed_writer()?, aws.fan_out()?, Clock::system());
    aws.warm_up(&[Connection::Steps, Connection::Feed]).await;
    let handle =
        |event: LambdaEvent<Event>| async move { Ok::<_, Error>(dispatcher.handle(event.payload).await) };
    lambda_runtime::run(service_fn(handle)).await
}
