//! The Lambda function `importer`: works off the rows of imports on their queue.

use aws_lambda_events::sqs::SqsEvent;
use functions::{
    imports::Importer,
    setup::{Aws, Connection, begin_telemetry},
};
use lambda_runtime::{Error, LambdaEvent, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    begin_telemetry()?;
    let aws = Aws::from_environment().await;
    let importer = &Importer::new(aws.imports()?, aws.commands()?);
    aws.warm_up(&[Connection::Events, Connection::Imports]).await;
    let handle = |event: LambdaEvent<SqsEvent>| async move {
        let deadline = event.context.deadline().into();
        Ok::<_, Error>(importer.handle(event.payload, Some(deadline)).await)
    };
    lambda_runtime::run(service_fn(handle)).await
}
