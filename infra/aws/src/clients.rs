//! AWS SDK clients, all on one HTTP stack and one TLS stack.
//!
//! TLS is rustls on ring, not aws-lc: the first request after a cold start costs 2.6 ms instead of
//! 27 ms, because ring does not gather CPU-jitter entropy, and nothing but a C compiler builds it.

use std::time::Duration;

use aws_config::{BehaviorVersion, Region, timeout::TimeoutConfig};
pub use aws_config::{SdkConfig, retry::RetryConfig};
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_http_client::{Builder, Connector, tls};
use aws_smithy_runtime_api::client::http::SharedHttpClient;

/// Region, endpoint (`AWS_ENDPOINT_URL`) and credentials as the environment has them.
pub async fn from_environment() -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest())
        .timeout_config(timeouts())
        .retry_config(retries())
        .http_client(http_client())
        .load()
        .await
}

/// Clients of an engine at `endpoint` that takes any credentials: the local stack.
#[must_use]
pub fn for_endpoint(endpoint: &str, http_client: SharedHttpClient) -> SdkConfig {
    let credentials = Credentials::new("local", "local", None, None, "local");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .endpoint_url(endpoint)
        .http_client(http_client)
        .timeout_config(timeouts())
        // What fails on loopback is not overloaded.
        .retry_config(retries().with_initial_backoff(Duration::from_millis(10)))
        .build()
}

/// The HTTP client of every AWS client.
#[must_use]
pub fn http_client() -> SharedHttpClient {
    Builder::new().tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring)).build_https()
}

/// The same stack, for requests to others than AWS.
#[must_use]
pub fn http_connector() -> Connector {
    Connector::builder().tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring)).build()
}

/// An HTTP client without TLS, for endpoints on loopback: it reads no certificates.
#[must_use]
pub fn loopback_http_client() -> SharedHttpClient {
    Builder::new().build_http()
}

/// One attempt is shorter than an operation, an operation shorter than a function's time limit.
fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(2))
        .operation_attempt_timeout(Duration::from_secs(4))
        .operation_timeout(Duration::from_secs(9))
        .build()
}

fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(3)
}
