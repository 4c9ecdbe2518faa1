//! The Lambda function `watchdog`: runs on a schedule.

use functions::{setup::Aws, watchdog::Watchdog};
use infra_aws::{logs, metrics};
use lambda_runtime::{Error, LambdaEvent, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    logs::to_stdout();
    #[cfg(feature = "otel")]
    functions::spans::export_from_environment()?;
    metrics::to_stdout();
    let aws = Aws::from_environment().await;
    let watchdog = &Watchdog::new(aws.events()?, aws.commands()?, aws.views()?, aws.steps()?, aws.replays()?);
    let handle = |_: LambdaEvent<serde_json::Value>| async move { watchdog.handle().await };
    lambda_runtime::run(service_fn(handle)).await
}
