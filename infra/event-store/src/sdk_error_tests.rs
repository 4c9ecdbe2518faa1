use std::{collections::HashMap, io};

use aws_sdk_dynamodb::{
    operation::put_item::PutItemError,
    types::{
        AttributeValue,
        error::{
            ConditionalCheckFailedException, InternalServerError, ResourceNotFoundException,
            ThrottlingException,
        },
    },
};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::{body::SdkBody, error::ErrorMetadata};

use super::*;

fn response(status: u16) -> HttpResponse {
    HttpResponse::new(status.try_into().unwrap(), SdkBody::from("alice@example.com"))
}

fn meta(code: &str) -> ErrorMetadata {
    ErrorMetadata::builder().code(code).message("in its own words").build()
}

fn answer(error: PutItemError, status: u16) -> StoreError {
    classify(SdkError::service_error(error, response(status)))
}

fn unanswered(error: SdkError<PutItemError, HttpResponse>) -> StoreError {
    classify(error)
}

#[test]
fn throttling_is_told_apart_and_may_be_retried() {
    let throttled = ThrottlingException::builder().meta(meta("ThrottlingException")).build();
    let error = answer(PutItemError::ThrottlingException(throttled), 400);
    assert!(matches!(&error, StoreError::Throttled { code } if code == "ThrottlingException"));
    assert!(error.is_retryable());
}

#[test]
fn a_server_error_means_unavailable() {
    let failed = InternalServerError::builder().meta(meta("InternalServerError")).build();
    let error = answer(PutItemError::InternalServerError(failed), 500);
    assert!(matches!(error, StoreError::Unavailable { .. }));
    assert!(error.is_retryable());
}

#[test]
fn a_missing_table_is_refused_for_good() {
    let missing = ResourceNotFoundException::builder().meta(meta("ResourceNotFoundException")).build();
    let error = answer(PutItemError::ResourceNotFoundException(missing), 400);
    assert_eq!(
        error.to_string(),
        "DynamoDB refused the request: ResourceNotFoundException: in its own words"
    );
    assert!(!error.is_retryable());
}

#[test]
fn no_answer_means_unavailable() {
    let reset = || io::Error::from(io::ErrorKind::ConnectionReset);
    for error in [
        unanswered(SdkError::dispatch_failure(ConnectorError::io(reset().into()))),
        unanswered(SdkError::response_error("not JSON", response(200))),
    ] {
        assert!(matches!(error, StoreError::Unavailable { .. }), "{error:?}");
    }
}

#[test]
fn no_answer_in_time_is_told_apart_and_may_be_retried() {
    for error in [
        unanswered(SdkError::timeout_error("too slow")),
        unanswered(SdkError::dispatch_failure(ConnectorError::timeout("no connection".into()))),
    ] {
        assert!(matches!(error, StoreError::TimedOut { .. }) && error.is_retryable(), "{error:?}");
    }
}

#[test]
fn a_request_that_cannot_be_built_is_refused_for_good() {
    let error = unanswered(SdkError::construction_failure("no region"));
    assert!(matches!(&error, StoreError::Refused { message, .. } if message == "no region"));
}

#[test]
fn what_the_table_holds_never_shows_in_an_error() {
    let item = HashMap::from([("e".to_owned(), AttributeValue::S("alice@example.com".into()))]);
    let failed = ConditionalCheckFailedException::builder().set_item(Some(item)).build();
    for error in [
        answer(PutItemError::ConditionalCheckFailedException(failed), 400),
        unanswered(SdkError::response_error("not JSON", response(200))),
    ] {
        assert!(!format!("{error} {error:?}").contains("alice"), "{error:?}");
    }
}
