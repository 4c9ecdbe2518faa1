//! The AWS JSON 1.0 protocol: every request is a POST that names its operation in a header.

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    SqsEndpoint,
    error::{Code, SqsError},
    queues, receive, redrive, send, settle,
    store::Call,
};

const JSON: &str = "application/x-amz-json-1.0";

/// A message of 1 MiB can be six times as long in JSON, where every character may be escaped.
const LONGEST_REQUEST: usize = 8 * 1024 * 1024;

/// SDKs post to `/` or to the queue's URL, so every path will do.
pub(super) fn router(endpoint: SqsEndpoint) -> Router {
    Router::new().fallback(handle).layer(DefaultBodyLimit::max(LONGEST_REQUEST)).with_state(endpoint)
}

async fn handle(
    State(endpoint): State<SqsEndpoint>,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let operation = text("x-amz-target").strip_prefix("AmazonSQS.").filter(|_| method == Method::POST);
    let request = Request { endpoint, body, host: text(header::HOST.as_str()).to_owned() };
    let answer = match operation {
        Some(operation) => request.dispatch(operation).await,
        None => Err(not_this_protocol()),
    };
    answer.map_or_else(IntoResponse::into_response, |json| {
        ([(header::CONTENT_TYPE, JSON)], json).into_response()
    })
}

struct Request {
    endpoint: SqsEndpoint,
    body: Bytes,
    host: String,
}

impl Request {
    async fn dispatch(self, operation: &str) -> Result<Vec<u8>, SqsError> {
        match operation {
            "CreateQueue" => self.carry_out(queues::create).await,
            "GetQueueUrl" => self.carry_out(queues::get_url).await,
            "ListQueues" => self.carry_out(queues::list).await,
            "ListDeadLetterSourceQueues" => self.carry_out(queues::list_sources).await,
            "GetQueueAttributes" => self.carry_out(queues::attributes).await,
            "SetQueueAttributes" => self.carry_out(queues::set_attributes).await,
            "PurgeQueue" => self.carry_out(queues::purge).await,
            "SendMessage" => self.carry_out(send::one).await,
            "SendMessageBatch" => self.carry_out(send::batch).await,
            "ReceiveMessage" => self.poll().await,
            "DeleteMessage" => self.carry_out(settle::delete).await,
            "DeleteMessageBatch" => self.carry_out(settle::delete_batch).await,
            "ChangeMessageVisibility" => self.carry_out(settle::change_visibility).await,
            "ChangeMessageVisibilityBatch" => self.carry_out(settle::change_visibility_batch).await,
            "ListMessageMoveTasks" => self.carry_out(redrive::list_move_tasks).await,
            "StartMessageMoveTask" => self.carry_out(redrive::start_move_task).await,
            other => Err(unknown(other)),
        }
    }

    async fn carry_out<Q, A>(
        self,
        operation: fn(&Call<'_>, &Q) -> Result<A, SqsError>,
    ) -> Result<Vec<u8>, SqsError>
    where
        Q: DeserializeOwned + Send + 'static,
        A: Serialize + Send + 'static,
    {
        let asked: Q = self.parse()?;
        let answer = self.endpoint.transact(self.host, move |call| operation(call, &asked)).await?;
        Ok(serde_json::to_vec(&answer)?)
    }

    async fn poll(self) -> Result<Vec<u8>, SqsError> {
        let asked = self.parse()?;
        let answer = receive::poll(&self.endpoint, self.host, asked).await?;
        Ok(serde_json::to_vec(&answer)?)
    }

    fn parse<Q: DeserializeOwned>(&self) -> Result<Q, SqsError> {
        let body: &[u8] = if self.body.is_empty() { b"{}" } else { &self.body };
        serde_json::from_slice(body).map_err(|error| SqsError::new(Code::Serialization, error.to_string()))
    }
}

fn unknown(operation: &str) -> SqsError {
    let message = format!("The operation {operation} is not served by this local endpoint.");
    SqsError::new(Code::UnknownOperation, message)
}

fn not_this_protocol() -> SqsError {
    let message = "This is a local SQS endpoint: POST with a header \"x-amz-target: AmazonSQS.<operation>\".";
    SqsError::new(Code::UnknownOperation, message)
}

impl IntoResponse for SqsError {
    fn into_response(self) -> Response {
        let (shape, code) = self.code.names();
        let (status, fault) = match self.code.is_our_fault() {
            false => (StatusCode::BAD_REQUEST, "Sender"),
            true => (StatusCode::INTERNAL_SERVER_ERROR, "Receiver"),
        };
        if self.code.is_our_fault() {
            tracing::error!(error = %self, "the local SQS endpoint failed");
        }
        let body = serde_json::json!({ "__type": shape, "message": self.message }).to_string();
        let headers = [("content-type", JSON.to_owned()), ("x-amzn-query-error", format!("{code};{fault}"))];
        (status, headers, body).into_response()
    }
}
