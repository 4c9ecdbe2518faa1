//! The one place where the SDK's errors become the store's.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use crate::{BoxError, StoreError};

/// Puts an SDK error into the caller's terms: try again, or give up.
///
/// The SDK's error itself is never kept. It carries the raw response, and that carries payloads.
pub(crate) fn classify<E>(error: SdkError<E, HttpResponse>) -> StoreError
where
    E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
{
    match error.as_service_error() {
        Some(answer) => {
            let server_failed = error.raw_response().is_some_and(|raw| raw.status().is_server_error());
            answered(answer, server_failed)
        }
        None => unanswered(error),
    }
}

fn answered(answer: &impl ProvideErrorMetadata, server_failed: bool) -> StoreError {
    let code = answer.code().unwrap_or("Unknown").to_owned();
    let message = answer.message().unwrap_or_default().to_owned();
    if is_throttling(&code) {
        return StoreError::Throttled { code };
    }
    if server_failed || has_expired(&code) {
        return StoreError::Unavailable { source: format!("{code}: {message}").into() };
    }
    StoreError::Refused { code, message }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the SDK's enum is open")]
fn unanswered<E>(error: SdkError<E, HttpResponse>) -> StoreError
where
    E: std::error::Error + Send + Sync + 'static,
{
    if matches!(error, SdkError::ConstructionFailure(_)) {
        // Nothing was sent, and nothing will be.
        return StoreError::Refused { code: "ConstructionFailure".into(), message: cause(error).to_string() };
    }
    let is_timeout = match &error {
        SdkError::TimeoutError(_) => true,
        SdkError::DispatchFailure(failure) => failure.is_timeout(),
        _ => false,
    };
    if is_timeout {
        return StoreError::TimedOut { source: cause(error) };
    }
    StoreError::Unavailable { source: cause(error) }
}

fn cause<E>(error: SdkError<E, HttpResponse>) -> BoxError
where
    E: std::error::Error + Send + Sync + 'static,
{
    error.into_source().unwrap_or_else(|_| "an unknown kind of SDK error".into())
}

/// The codes that tell of credentials which were good a moment ago. The SDK may have repeated a request that
/// had landed, and been refused for this alone; and there will be new credentials.
fn has_expired(code: &str) -> bool {
    matches!(code, "ExpiredTokenException" | "ExpiredToken" | "RequestExpired")
}

/// The codes under which DynamoDB throttles, as an error or as the reason of a cancelled transaction.
pub(crate) fn is_throttling(code: &str) -> bool {
    matches!(
        code,
        "ThrottlingException"
            | "ThrottlingError"
            | "ProvisionedThroughputExceededException"
            | "ProvisionedThroughputExceeded"
            | "RequestLimitExceeded"
    )
}

#[cfg(test)]
#[path = "sdk_error_tests.rs"]
mod tests;
