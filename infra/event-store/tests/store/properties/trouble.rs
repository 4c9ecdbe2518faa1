//! What DynamoDB answers when it does not carry out a request.

use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};

use crate::faults::cancelled;

use super::{
    plan::Trouble,
    road::{body, operation, response},
};

/// A read is never in conflict, and a transaction tells its troubles item by item.
pub(crate) fn answer(trouble: Trouble, request: &HttpRequest) -> HttpResponse {
    match (trouble, operation(request)) {
        (Trouble::ServerError, _) => response(500, error("InternalServerError")),
        (Trouble::Conflict, "TransactWriteItems") => cancelled_by("TransactionConflict", request),
        (Trouble::Conflict, "PutItem") => response(400, error("TransactionConflictException")),
        (Trouble::ThroughputExceeded, "TransactWriteItems") => {
            cancelled_by("ProvisionedThroughputExceeded", request)
        }
        (Trouble::ThroughputExceeded, _) => response(400, error("ProvisionedThroughputExceededException")),
        (Trouble::Throttled | Trouble::Conflict, _) => response(400, error("ThrottlingException")),
    }
}

fn error(code: &str) -> String {
    format!(r#"{{"__type":"com.amazonaws.dynamodb.v20120810#{code}","message":"on the way"}}"#)
}

/// The last item is to blame.
fn cancelled_by(code: &str, request: &HttpRequest) -> HttpResponse {
    let items = body(request)["TransactItems"].as_array().map_or(1, Vec::len);
    let mut codes = vec!["None"; items];
    codes[items - 1] = code;
    response(400, cancelled(&codes))
}
