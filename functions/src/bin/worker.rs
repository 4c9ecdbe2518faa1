//! The Lambda function `worker`: performs the provisioning steps on the queue.

// The futures of the SDK, the store and the handler nest deeper than the compiler's default.
#![recursion_limit = "256"]

use aws_lambda_events::sqs::SqsEvent;
use functions::{
    setup::{Aws, Connection, begin_telemetry},
    worker::{MailSettings, Worker},
};
use infra_aws::environment;
use lambda_runtime::{Error, LambdaEvent, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    begin_telemetry()?;
    let aws = Aws::from_environment().await;
    let keys = environment::keys(environment::CONFIRMATION_KEY)?;
    let (link, from) =
        (environment::text(environment::CONFIRMATION_LINK)?, environment::text(environment::MAIL_FROM)?);
    let mail = MailSettings::new(keys, link, &from)?;
    let worker = &Worker::new(aws.commands()?, aws.steps()?, aws.mailer()?, mail);
    aws.warm_up(&[Connection::Events]).await;
    let handle = |event: LambdaEvent<SqsEvent>| async move {
        let deadline = event.context.deadline().into();
        Ok::<_, Error>(worker.handle(event.payload, Some(deadline)).await)
    };
    lambda_runtime::run(service_fn(handle)).await
}
