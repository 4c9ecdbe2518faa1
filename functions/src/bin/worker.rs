//! The Lambda function `worker`: performs the provisioning steps on the queue.

use std::sync::Arc;

use aws_lambda_events::sqs::SqsEvent;
use functions::{
    setup::Aws,
    worker::{MailSettings, Worker},
};
use infra_aws::{clock::Clock, environment, logs, mail::Outbox};
use lambda_runtime::{Error, LambdaEvent, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    logs::to_stdout();
    let aws = Aws::from_environment().await;
    let mail = MailSettings {
        key: environment::key(environment::CONFIRMATION_KEY)?,
        link: environment::text(environment::CONFIRMATION_LINK)?,
        from: environment::text(environment::MAIL_FROM)?,
    };
    let outbox = Outbox::in_folder(environment::path(environment::MAIL_OUTBOX)?, Clock::system())?;
    let worker = &Worker::new(aws.commands()?, aws.steps()?, Arc::new(outbox), mail);
    let handle =
        |event: LambdaEvent<SqsEvent>| async move { Ok::<_, Error>(worker.handle(event.payload).await) };
    lambda_runtime::run(service_fn(handle)).await
}
