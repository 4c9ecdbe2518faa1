//! The Lambda function `command-api`.

use functions::{command_api, http, setup::Aws};
use infra_aws::{clock::Clock, logs, metrics};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    logs::to_stdout();
    #[cfg(feature = "otel")]
    functions::spans::export_from_environment()?;
    metrics::to_stdout();
    let commands = Aws::from_environment().await.commands()?;
    lambda_http::run(http::service(command_api::routes(commands), Clock::system())).await
}
