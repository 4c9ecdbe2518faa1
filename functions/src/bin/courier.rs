//! The Lambda function `courier`: sends events to webhooks.

use aws_lambda_events::sqs::SqsEvent;
use functions::setup::{Aws, Connection, begin_telemetry};
use lambda_runtime::{Error, LambdaEvent, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    begin_telemetry()?;
    let aws = Aws::from_environment().await;
    let courier = &aws.courier()?;
    aws.warm_up(&[Connection::Events, Connection::Deliveries]).await;
    let handle = |event: LambdaEvent<SqsEvent>| async move {
        let deadline = event.context.deadline().into();
        Ok::<_, Error>(courier.handle(event.payload, Some(deadline)).await)
    };
    lambda_runtime::run(service_fn(handle)).await
}
