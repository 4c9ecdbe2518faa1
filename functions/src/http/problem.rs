//! What a caller is told when the answer is no: RFC 9457 problems with stable types.

mod example;
mod kinds;
mod meanings;
mod translate;

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use infra_aws::logs::chain;
use serde::Serialize;
use utoipa::ToSchema;

pub use kinds::{KINDS, Kind};
pub(crate) use translate::{of_rejection, of_store_error};

use super::{Scope, body::CONTENT_TYPES};

/// A refusal on its way to the caller. The cause has been logged by then; the caller gets what helps.
#[derive(Clone, Debug)]
pub struct Problem {
    pub kind: &'static Kind,
    /// What happened and what to do about it.
    pub detail: String,
    /// What is wrong with which part of the request.
    pub errors: Vec<FieldError>,
    /// Seconds after which the same request may succeed.
    pub retry_after: Option<u64>,
}

/// One part of the request that was not accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// JSON pointer into the request's body.
    pub pointer: String,
    pub code: String,
    pub detail: String,
}

/// A problem as it is written. `type` and `code` are stable, the sentences are not.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Problem)]
pub(crate) struct Written<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    detail: &'a str,
    code: &'a str,
    request_id: Option<String>,
    retryable: bool,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [FieldError],
}

impl Problem {
    #[must_use]
    pub fn new(kind: &'static Kind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), errors: Vec::new(), retry_after: kind.retry_after }
    }

    #[must_use]
    pub fn with_errors(mut self, errors: Vec<FieldError>) -> Self {
        self.errors = errors;
        self
    }

    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// Logs a cause that the caller is not told, and makes the problem that hides it.
    #[must_use]
    pub fn hiding(kind: &'static Kind, cause: &dyn std::error::Error) -> Self {
        tracing::error!(error = chain(cause), problem = kind.code, "request failed");
        Self::new(kind, kind.advice)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        self.into_response_for(Scope::current().map(|scope| scope.request_id))
    }
}

impl Problem {
    /// For a request that has no scope: a host answers it before anybody else hears of it.
    #[must_use]
    pub fn into_response_for(self, request_id: Option<String>) -> Response {
        let written = Written {
            r#type: format!("/problems/{}", self.kind.code),
            title: self.kind.title,
            status: self.kind.status.as_u16(),
            detail: &self.detail,
            code: self.kind.code,
            request_id,
            retryable: self.retry_after.is_some(),
            errors: &self.errors,
        };
        let mut response = (self.kind.status, Json(written)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        match self.kind.status {
            StatusCode::UNAUTHORIZED => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            StatusCode::UNSUPPORTED_MEDIA_TYPE => {
                headers.insert(header::ACCEPT, HeaderValue::from_static(CONTENT_TYPES));
                headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
            }
            _ => {}
        }
        response
    }
}
