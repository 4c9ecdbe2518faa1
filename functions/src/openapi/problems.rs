use std::collections::{BTreeMap, BTreeSet};

use axum::http::Method;
use serde_json::{Map, Value, json};

use super::{Operation, answer::Header, parameter::Place, schemas::Content};
use crate::http::{Kind, Route};

/// Every problem that the route can answer, by status and code.
pub(super) fn of(operation: &Operation, route: &Route) -> BTreeMap<u16, Vec<&'static Kind>> {
    let mut all = vec![Kind::INTERNAL, Kind::NOT_ACCEPTABLE];
    if route.action.is_some() {
        all.extend([Kind::UNAUTHENTICATED, Kind::FORBIDDEN, Kind::CALLER_INACTIVE, Kind::UNAVAILABLE]);
        all.push(Kind::TOO_MANY_REQUESTS);
    }
    // A deletion says all with its path; a body that says more is refused.
    if operation.bodies.iter().any(Content::is_json) || operation.method == Method::DELETE {
        all.extend([Kind::MALFORMED_JSON, Kind::INVALID_BODY, Kind::BODY_TOO_LARGE]);
    }
    if !operation.bodies.is_empty() || operation.method == Method::DELETE {
        all.push(Kind::UNSUPPORTED_MEDIA_TYPE);
    }
    let takes = |place| operation.parameters.iter().any(|parameter| parameter.place == place);
    all.extend(takes(Place::Query).then_some(Kind::INVALID_PARAMETER));
    all.extend(takes(Place::Header).then_some(Kind::INVALID_HEADER));
    all.extend(&operation.problems);
    let mut by_status: BTreeMap<u16, BTreeMap<&str, &'static Kind>> = BTreeMap::new();
    for kind in all {
        by_status.entry(kind.status.as_u16()).or_default().insert(kind.code, kind);
    }
    by_status.into_iter().map(|(status, kinds)| (status, kinds.into_values().collect())).collect()
}

/// The name of the answer in the components of the document: its status and its codes.
pub(super) fn name(status: u16, kinds: &[&'static Kind]) -> String {
    let codes: Vec<&str> = kinds.iter().map(|kind| kind.code).collect();
    format!("{status}.{}", codes.join("."))
}

/// The answer that is one of these problems.
pub(super) fn component(status: u16, kinds: &[&'static Kind]) -> Value {
    let codes: Vec<&str> = kinds.iter().map(|kind| kind.code).collect();
    let lines = kinds
        .iter()
        .map(|kind| format!("- `{}`: {}. {}", kind.code, kind.title.trim_end_matches('?'), kind.advice));
    let own = json!({ "status": { "const": status }, "code": { "enum": codes } });
    let schema = json!({ "allOf": [{ "$ref": "#/components/schemas/Problem" }, { "properties": own }] });
    let examples: Map<String, Value> = kinds
        .iter()
        .map(|kind| (kind.code.into(), json!({ "$ref": format!("#/components/examples/{}", kind.code) })))
        .collect();
    let mut content = json!({ "application/problem+json": { "schema": schema, "examples": examples } });
    // What API Gateway refuses, no function has seen.
    if [401, 403].contains(&status) {
        content["application/json"] = json!({ "schema": { "$ref": "#/components/schemas/GatewayRefusal" } });
    }
    let headers: Map<String, Value> =
        headers(status, kinds).map(|header| (header.name().into(), header.reference())).collect();
    let text = lines.collect::<Vec<_>>().join("\n");
    json!({ "description": text, "headers": headers, "content": content })
}

fn headers(status: u16, kinds: &[&'static Kind]) -> impl Iterator<Item = Header> {
    let retried = kinds.iter().all(|kind| kind.retry_after.is_some());
    let also: &[Header] = match status {
        401 => &[Header::Authenticate],
        415 => &[Header::Accept],
        429 => Header::OF_LIMITS,
        _ => &[],
    };
    also.iter().copied().chain(retried.then_some(Header::RetryAfter))
}

/// An example of each problem.
pub(super) fn examples(kinds: &BTreeSet<&'static str>) -> Map<String, Value> {
    let known = crate::http::problem::KINDS.iter().filter(|kind| kinds.contains(kind.code));
    known.map(|kind| (kind.code.into(), json!({ "summary": kind.title, "value": kind.example() }))).collect()
}
