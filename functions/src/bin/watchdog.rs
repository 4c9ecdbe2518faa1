//! The Lambda function `watchdog`: runs on a schedule.

use functions::{
    setup::{Aws, Connection, begin_telemetry},
    watchdog::Watchdog,
};
use lambda_runtime::{Error, LambdaEvent, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    begin_telemetry()?;
    let aws = Aws::from_environment().await;
    let watchdog = &Watchdog::new(
        aws.events()?,
        aws.commands()?,
        aws.views()?,
        aws.steps()?,
        aws.replays()?,
        aws.imports()?,
    );
    aws.warm_up(&[Connection::Views, Connection::Steps]).await;
    let handle = |_: LambdaEvent<serde_json::Value>| async move { watchdog.handle().await };
    lambda_runtime::run(service_fn(handle)).await
}
