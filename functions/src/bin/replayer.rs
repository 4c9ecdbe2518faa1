//! The Lambda function `replayer`: works on the segments of replays on their queue.

use aws_lambda_events::sqs::SqsEvent;
use functions::{
    replays::Replayer,
    setup::{Aws, Connection, begin_telemetry},
};
use lambda_runtime::{Error, LambdaEvent, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    begin_telemetry()?;
    let aws = Aws::from_environment().await;
    let replayer = &Replayer::new(aws.replays()?);
    aws.warm_up(&[Connection::Views]).await;
    let handle = |event: LambdaEvent<SqsEvent>| async move {
        let deadline = event.context.deadline().into();
        Ok::<_, Error>(replayer.handle(event.payload, Some(deadline)).await)
    };
    lambda_runtime::run(service_fn(handle)).await
}
