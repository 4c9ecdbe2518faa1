//! The Lambda function `command-api`.

use functions::{
    command_api, http, imports,
    setup::{Aws, Connection, begin_telemetry},
    webhooks,
};
use infra_aws::clock::Clock;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    begin_telemetry()?;
    let aws = Aws::from_environment().await;
    let (commands, limiter) = (aws.commands()?, aws.limiter()?);
    let routes = imports::commands(aws.imports()?, &commands.callers())
        .merge(webhooks::commands(aws.webhooks(commands.clone())?));
    aws.warm_up(&[Connection::Events]).await;
    lambda_http::run(http::service(command_api::routes(commands).merge(routes), &limiter, Clock::system()))
        .await
}
