//! The Lambda function `operator-api`.

use functions::{
    callers::Callers,
    http,
    operator_api::{self, Desk},
    projector::Projector,
    setup::{Aws, Connection, begin_telemetry},
};
use infra_aws::clock::Clock;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    begin_telemetry()?;
    let aws = Aws::from_environment().await;
    let callers = Callers::reading(&aws.events()?, Clock::system());
    let projector = Projector::new(aws.events()?, aws.views()?, Clock::system());
    let limiter = aws.limiter()?;
    let limits = limiter.tenants.clone();
    let desk = Desk { projector, replays: aws.replays()?, cursors: aws.cursors()?, limits };
    aws.warm_up(&[Connection::Views, Connection::Replays]).await;
    lambda_http::run(http::service(operator_api::routes(desk, &callers), &limiter, Clock::system())).await
}
