//! The wire itself, as far as the SDK's client does not show it.

use axum::{
    body::Body,
    http::{Request, Response, StatusCode},
};
use infra_aws::clock::Clock;
use infra_local::{engine::Kept, sqs::SqsEndpoint};
use tower::ServiceExt;

use crate::bench::embedded;

async fn post(path: &str, target: &str, body: &'static str) -> Response<Body> {
    let endpoint = SqsEndpoint::open(&Kept::InMemory, Clock::system()).expect("an endpoint");
    let request = Request::post(path).header("host", "queues.local:9324").header("x-amz-target", target);
    let answer = endpoint.router().oneshot(request.body(Body::from(body)).expect("a request")).await;
    answer.expect("an answer")
}

async fn text(response: Response<Body>) -> String {
    let bytes = axum::body::to_bytes(response.into_body(), 10_000).await.expect("a body");
    String::from_utf8(bytes.into()).expect("text")
}

#[tokio::test]
async fn an_error_names_itself_in_the_body_and_in_the_header_of_the_old_protocol() {
    let answer = post("/", "AmazonSQS.GetQueueUrl", r#"{"QueueName":"nowhere"}"#).await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    let header = |name| answer.headers()[name].to_str().expect("text").to_owned();
    assert_eq!(header("x-amzn-query-error"), "AWS.SimpleQueueService.NonExistentQueue;Sender");
    assert_eq!(header("content-type"), "application/x-amz-json-1.0");
    assert_eq!(
        text(answer).await,
        r#"{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"The specified queue does not exist: nowhere"}"#
    );
}

#[tokio::test]
async fn any_path_will_do_and_the_queue_url_has_the_callers_host() {
    let answer = post("/000000000000/steps", "AmazonSQS.CreateQueue", r#"{"QueueName":"steps"}"#).await;
    assert_eq!(text(answer).await, r#"{"QueueUrl":"http://queues.local:9324/000000000000/steps"}"#);
}

#[tokio::test]
async fn an_operation_that_is_not_served_says_so() {
    let bench = embedded().await;
    let queue = bench.queue("steps").await;
    let delete = bench.client.delete_queue().queue_url(queue).send().await;
    bench.refused(delete, "InvalidAction");
}

#[tokio::test]
async fn what_is_not_this_protocol_is_told_what_is() {
    let answer = post("/", "", "Action=SendMessage").await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    assert!(text(answer).await.contains("x-amz-target: AmazonSQS."));
    let answer = post("/", "AmazonSQS.SendMessage", "{}").await;
    assert!(text(answer).await.contains("missing field"));
}
