//! The Lambda function `query-api`.

use functions::{
    callers::Callers,
    http, imports, query_api,
    setup::{Aws, Connection, begin_telemetry},
};
use infra_aws::clock::Clock;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    begin_telemetry()?;
    let aws = Aws::from_environment().await;
    let (sources, limiter) = (aws.sources()?, aws.limiter()?);
    let callers = Callers::reading(&sources.events, Clock::system());
    let routes = imports::queries(aws.import_store()?, aws.cursors()?, &callers);
    aws.warm_up(&[Connection::Views]).await;
    let routes = query_api::routes(sources, &callers).merge(routes);
    lambda_http::run(http::service(routes, &limiter, Clock::system())).await
}
