//! Events as AWS documents them.

use serde_json::{Value, json};

/// An HTTP API (payload version 2.0) request that the JWT authorizer let through.
fn http(method: &str, path: &str, query: &str) -> Value {
    json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": { "content-type": "application/json", "idempotency-key": "k-1", "host": "api.example.com" },
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "api-id",
            "authorizer": { "jwt": {
                "claims": { "sub": "admin-1", "tenant": "acme", "roles": "[rollcall:owner]", "iss": "https://idp.example.com" },
                "scopes": ["users"],
            } },
            "domainName": "api.example.com",
            "domainPrefix": "api",
            "http": { "method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "test" },
            "requestId": "gateway-request-1",
            "routeKey": "$default",
            "stage": "$default",
            "time": "21/Nov/2026:12:00:00 +0000",
            "timeEpoch": 1_795_262_400_000_u64,
        },
        "isBase64Encoded": false,
    })
}

pub(crate) fn get(path: &str, query: &str) -> Value {
    http("GET", path, query)
}

pub(crate) fn post(path: &str, body: &Value) -> Value {
    let mut event = http("POST", path, "");
    event["body"] = Value::from(body.to_string());
    event
}

/// The same, with the token of whoever rebuilds read models.
pub(crate) fn by_operator(mut event: Value) -> Value {
    event["requestContext"]["authorizer"]["jwt"]["claims"]["roles"] = json!("[rollcall:replay_operator]");
    event
}

/// What EventBridge sends on a schedule.
pub(crate) fn schedule() -> Value {
    json!({
        "version": "0",
        "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "123456789012",
        "time": "2026-11-21T12:00:00Z",
        "region": "us-east-1",
        "resources": ["arn:aws:events:us-east-1:123456789012:rule/watchdog"],
        "detail": {},
    })
}
