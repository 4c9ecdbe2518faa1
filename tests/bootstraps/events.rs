//! What AWS hands to functions, in its documented shapes. Each is held against its fixture.

use aws_lambda_events::{dynamodb::Event, sqs::SqsEvent};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use crate::shapes::{HTTP, QUEUE, STREAM, of_shape};

/// An HTTP API request that the JWT authorizer let through, in the payload's version 2.0.
fn http(method: &str, path: &str, query: &str) -> Value {
    json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {
            "content-type": "application/json",
            "host": "api.example.com",
            "idempotency-key": format!("{method} {path}"),
        },
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "r3pmxmplak",
            "authorizer": { "jwt": {
                "claims": { "sub": "admin-1", "tenant": "acme", "roles": "[rollcall:owner]" },
                "scopes": ["users"],
            } },
            "domainName": "api.example.com",
            "domainPrefix": "api",
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "test",
            },
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": "$default",
            "stage": "$default",
            "time": "21/Nov/2026:12:00:00 +0000",
            "timeEpoch": 1_795_262_400_000_u64,
        },
        "isBase64Encoded": false,
    })
}

pub(crate) fn get(path: &str, query: &str) -> Value {
    of_shape(HTTP, http("GET", path, query))
}

pub(crate) fn post(path: &str, body: &Value) -> Value {
    let mut event = http("POST", path, "");
    event["body"] = body.to_string().into();
    of_shape(HTTP, event)
}

/// The same request as one of its own: repeated under one key, it would be answered once.
pub(crate) fn with_key(mut event: Value, key: &str) -> Value {
    event["headers"]["idempotency-key"] = key.into();
    event
}

/// As the gateway sends a body that it does not take for text.
pub(crate) fn encoded(mut event: Value) -> Value {
    let body = BASE64_STANDARD.encode(event["body"].as_str().unwrap());
    event["body"] = body.into();
    event["isBase64Encoded"] = true.into();
    of_shape(HTTP, event)
}

/// The same request, with the token of whoever rebuilds read models.
pub(crate) fn by_operator(mut event: Value) -> Value {
    event["requestContext"]["authorizer"]["jwt"]["claims"]["roles"] = "[rollcall:replay_operator]".into();
    event
}

/// A batch of the stream's records, with what the local mapping leaves out.
pub(crate) fn stream(event: &Event) -> Value {
    let mut event = serde_json::to_value(event).unwrap();
    for record in event["Records"].as_array_mut().unwrap() {
        record["eventVersion"] = "1.1".into();
        record["awsRegion"] = "us-east-1".into();
        record["dynamodb"]["ApproximateCreationDateTime"] = 1_795_262_400.0.into();
        record["dynamodb"]["StreamViewType"] = "NEW_IMAGE".into();
        record["dynamodb"].as_object_mut().unwrap().remove("OldImage");
    }
    of_shape(STREAM, event)
}

/// A batch of a queue's messages, with what the local mapping leaves out.
pub(crate) fn queue(event: &SqsEvent) -> Value {
    let mut event = serde_json::to_value(event).unwrap();
    for record in event["Records"].as_array_mut().unwrap() {
        record["awsRegion"] = "us-east-1".into();
        record["eventSourceARN"] = "arn:aws:sqs:us-east-1:123456789012:rollcall-steps".into();
    }
    of_shape(QUEUE, event)
}
