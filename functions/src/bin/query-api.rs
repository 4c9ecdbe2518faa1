//! The Lambda function `query-api`.

use functions::{
    callers::Callers,
    http, query_api,
    setup::{Aws, Connection, begin_telemetry},
};
use infra_aws::clock::Clock;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    begin_telemetry()?;
    let aws = Aws::from_environment().await;
    let (sources, limiter) = (aws.sources()?, aws.limiter()?);
    let callers = Callers::reading(&sources.events, Clock::system());
    aws.warm_up(&[Connection::Views]).await;
    lambda_http::run(http::service(query_api::routes(sources, &callers), &limiter, Clock::system())).await
}
