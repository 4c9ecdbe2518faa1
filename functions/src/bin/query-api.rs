//! The Lambda function `query-api`.

use functions::{http, query_api, setup::Aws};
use infra_aws::{clock::Clock, logs};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    logs::to_stdout();
    let sources = Aws::from_environment().await.sources()?;
    lambda_http::run(http::service(query_api::routes(sources), Clock::system())).await
}
