//! The Lambda function `query-api`.

use functions::{callers::Callers, http, query_api, setup::Aws};
use infra_aws::{clock::Clock, logs};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    logs::to_stdout();
    #[cfg(feature = "otel")]
    functions::spans::export_from_environment()?;
    let sources = Aws::from_environment().await.sources()?;
    let callers = Callers::reading(&sources.events, Clock::system());
    lambda_http::run(http::service(query_api::routes(sources, &callers), Clock::system())).await
}
