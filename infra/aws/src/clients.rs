//! AWS SDK clients, all on one HTTP stack and one TLS stack.
//!
//! TLS is rustls on ring, not aws-lc: the first request after a cold start costs 2.6 ms instead of
//! 27 ms, because ring does not gather CPU-jitter entropy, and nothing but a C compiler builds it.

use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use aws_smithy_http_client::{Builder, tls};
use aws_smithy_runtime_api::client::http::SharedHttpClient;

/// Region, endpoint (`AWS_ENDPOINT_URL`) and credentials as the environment has them.
pub async fn from_environment() -> SdkConfig {
    with_defaults(aws_config::defaults(BehaviorVersion::latest())).http_client(http_client()).load().await
}

/// Clients of an engine at `endpoint` that takes any credentials: the local stack.
pub async fn for_endpoint(endpoint: &str, http_client: SharedHttpClient) -> SdkConfig {
    let credentials = aws_sdk_dynamodb::config::Credentials::new("local", "local", None, None, "local");
    with_defaults(aws_config::defaults(BehaviorVersion::latest()))
        .region(Region::new("us-east-1"))
        .credentials_provider(credentials)
        .endpoint_url(endpoint)
        .http_client(http_client)
        .load()
        .await
}

/// The HTTP client of every AWS client.
#[must_use]
pub fn http_client() -> SharedHttpClient {
    Builder::new().tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring)).build_https()
}

/// One attempt is shorter than an operation, an operation shorter than a function's time limit.
fn with_defaults(loader: aws_config::ConfigLoader) -> aws_config::ConfigLoader {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(2))
        .operation_attempt_timeout(Duration::from_secs(4))
        .operation_timeout(Duration::from_secs(9))
        .build();
    loader.timeout_config(timeouts).retry_config(RetryConfig::standard().with_max_attempts(3))
}
