//! The Lambda function `projector`: the first of the two readers that the stream may have.

use aws_lambda_events::dynamodb::Event;
use functions::{
    projector::Projector,
    setup::{Aws, Connection, begin_telemetry},
};
use infra_aws::clock::Clock;
use lambda_runtime::{Error, LambdaEvent, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    begin_telemetry()?;
    let aws = Aws::from_environment().await;
    let projector = &Projector::new(aws.events()?, aws.views()?, Clock::system());
    aws.warm_up(&[Connection::Views]).await;
    let handle =
        |event: LambdaEvent<Event>| async move { Ok::<_, Error>(projector.handle(event.payload).await) };
    lambda_runtime::run(service_fn(handle)).await
}
