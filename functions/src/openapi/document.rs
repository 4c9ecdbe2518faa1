use std::collections::{BTreeMap, BTreeSet};

use domain::Action;
use serde_json::{Map, Value, json};

use super::{
    Answer, Header, Operation, Parameter, Tag,
    parameter::{self, Place},
    problems,
    schemas::Content,
};
use crate::http::{Kind, Route, problem::Written, token_scope};

const ABOUT: &str = "\
Accepts, provisions, changes and shuts off the users of tenants. Commands answer with the state that they leave \
behind; queries answer from read models that follow within a second or so. Send the `Consistency-Token` of a \
command with a query, and the answer shows at least that much.

- Whoever is refused gets a problem (RFC 9457): match on `code`, never on sentences. Each type has a page at \
`/problems/{code}`. Where the same request may succeed later, `Retry-After` says when.
- Repeat a request with the same `Idempotency-Key`, and it is carried out once.
- `ETag` is the version of one thing. `If-Match` refuses a change of what has changed since, `If-None-Match` \
saves the answer that you have.
- The requests of a client are counted: `RateLimit` (draft-ietf-httpapi-ratelimit-headers) says how many are left \
and when there are more again, on every answer; `RateLimit-Policy` says how many there may be. Who sends more is \
answered 429.
- Lists come in pages: send `next` as `cursor`. A page may be short, even empty, while `next` leads on.
- API Gateway stands in front of it, and what it refuses itself (a token that it does not accept, a token without \
the scope, a path that there is not) has a body `{\"message\": …}`. A host that serves without it refuses requests that are too \
long (`uri-too-long`, `headers-too-large`) or come too slowly (`request-timeout`) before it knows what they ask for.
";

/// The document of these routes.
///
/// # Errors
/// What is missing: routes that nothing describes, descriptions that no route has, and those that say nothing.
pub fn document(routes: &[Route], described: &[Operation]) -> Result<Value, Vec<String>> {
    let mut missing = Vec::new();
    let mut document = Document::default();
    for route in routes {
        let is_of = |operation: &&Operation| operation.method == route.method && operation.path == route.path;
        match described.iter().filter(is_of).collect::<Vec<_>>().as_slice() {
            [one] if one.summary.is_empty() || one.text.is_empty() || one.answers.is_empty() => {
                missing.push(format!("{} {} is not said what it does", route.method, route.path));
            }
            [one] => document.add(one, route),
            other => {
                missing.push(format!("{} {} is described {} times", route.method, route.path, other.len()));
            }
        }
    }
    for Operation { method, path, .. } in described {
        if !routes.iter().any(|route| route.method == *method && route.path == *path) {
            missing.push(format!("{method} {path} is described, and there is no such route"));
        }
    }
    if missing.is_empty() { Ok(document.finish()) } else { Err(missing) }
}

#[derive(Default)]
struct Document {
    paths: BTreeMap<&'static str, Map<String, Value>>,
    schemas: BTreeMap<String, Value>,
    responses: BTreeMap<String, Value>,
    parameters: BTreeMap<&'static str, Value>,
    codes: BTreeSet<&'static str>,
}

impl Document {
    fn add(&mut self, operation: &Operation, route: &Route) {
        let mut written = json!({
            "operationId": operation.id,
            "tags": [operation.tag.name()],
            "summary": operation.summary,
            "description": format!("{}\n\n{}", operation.text, who_may(route.action)),
            "security": security(route.action),
            "responses": self.responses(operation, route),
        });
        let parameters = self.parameters(operation, route);
        if !parameters.is_empty() {
            written["parameters"] = parameters.into();
        }
        if !operation.bodies.is_empty() {
            let content = self.contents(&operation.bodies);
            written["requestBody"] = json!({ "required": operation.body_is_required, "content": content });
        }
        let methods = self.paths.entry(route.path).or_default();
        methods.insert(route.method.as_str().to_ascii_lowercase(), written);
    }

    fn responses(&mut self, operation: &Operation, route: &Route) -> Map<String, Value> {
        let mut responses = Map::new();
        let limited: &[Header] = if route.action.is_some() { Header::OF_LIMITS } else { &[] };
        for answer in &operation.answers {
            responses.insert(answer.status.to_string(), self.answer(answer, limited));
        }
        for (status, kinds) in problems::of(operation, route) {
            responses.insert(status.to_string(), self.problem(status, &kinds));
        }
        responses
    }

    /// Every answer to a client whose requests are counted has these headers, too.
    fn answer(&mut self, answer: &Answer, limited: &[Header]) -> Value {
        let headers = answer.headers.iter().chain(limited);
        let headers: Map<_, _> =
            headers.map(|header| (header.name().to_owned(), header.reference())).collect();
        let mut written = json!({ "description": answer.text, "headers": headers });
        if !answer.contents.is_empty() {
            written["content"] = self.contents(&answer.contents);
        }
        if !answer.links.is_empty() {
            let links = answer.links.iter().map(|link| {
                let parameters = json!({ link.parameter: link.place });
                (
                    link.operation.to_owned(),
                    json!({ "operationId": link.operation, "parameters": parameters }),
                )
            });
            written["links"] = Value::Object(links.collect());
        }
        written
    }

    fn problem(&mut self, status: u16, kinds: &[&'static Kind]) -> Value {
        self.codes.extend(kinds.iter().map(|kind| kind.code));
        let name = problems::name(status, kinds);
        let reference = json!({ "$ref": format!("#/components/responses/{name}") });
        self.responses.entry(name).or_insert_with(|| problems::component(status, kinds));
        reference
    }

    fn contents(&mut self, contents: &[Content]) -> Value {
        Value::Object(contents.iter().map(|one| (one.media.to_owned(), self.content(one))).collect())
    }

    fn content(&mut self, content: &Content) -> Value {
        self.schemas.extend(content.named.clone());
        let mut written = json!({ "schema": content.schema });
        if !content.example.is_null() {
            written["example"] = content.example.clone();
        }
        written
    }

    fn parameters(&mut self, operation: &Operation, route: &Route) -> Vec<Value> {
        let names = route.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
        let own = |name: &str| {
            operation.parameters.iter().find(|one| one.place == Place::Path && one.name == name).cloned()
        };
        let of_path = names.map(|name| own(name).unwrap_or_else(|| parameter::segment(name, route.path)));
        let others = operation.parameters.iter().filter(|one| one.place != Place::Path).cloned();
        let everywhere = [parameter::correlation_id(), parameter::traceparent()];
        let everywhere = everywhere.into_iter().filter(|_| route.action.is_some());
        let all: Vec<Parameter> = of_path.chain(others).chain(everywhere).collect();
        all.iter().map(|one| self.shared(one)).collect()
    }

    /// Headers mean the same everywhere; whether they are required differs.
    fn shared(&mut self, parameter: &Parameter) -> Value {
        if parameter.place != Place::Header || parameter.is_required {
            return parameter.written();
        }
        self.parameters.entry(parameter.name).or_insert_with(|| parameter.written());
        json!({ "$ref": format!("#/components/parameters/{}", parameter.name) })
    }

    fn finish(mut self) -> Value {
        let problem = Content::of::<Written<'static>>(Value::Null);
        self.schemas.extend(problem.named);
        self.schemas.insert("GatewayRefusal".into(), gateway_refusal());
        let headers = Header::ALL.map(|header| (header.name().to_owned(), header.component()));
        let tags = Tag::ALL.map(|tag| json!({ "name": tag.name(), "description": tag.text() }));
        json!({
            "openapi": "3.1.0",
            "info": {
                "title": "Rollcall",
                "version": env!("CARGO_PKG_VERSION"),
                "summary": "User provisioning, event-sourced.",
                "description": ABOUT,
                "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
            },
            "servers": [{ "url": "/", "description": "Where this document came from." }],
            "tags": tags,
            "paths": self.paths,
            "components": {
                "schemas": self.schemas,
                "responses": self.responses,
                "parameters": self.parameters,
                "headers": headers.into_iter().collect::<Map<_, _>>(),
                "examples": problems::examples(&self.codes),
                "securitySchemes": { "token": {
                    "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
                    "description": "A token of the issuer that the deployment trusts, with the scope of the route.",
                } },
            },
        })
    }
}

fn security(action: Option<Action>) -> Value {
    let scopes = |action| token_scope(action).into_iter().collect::<Vec<_>>();
    action.map_or(json!([]), |action| json!([{ "token": scopes(action) }]))
}

fn who_may(action: Option<Action>) -> String {
    let Some(action) = action else { return "Open to everybody: no token is needed.".into() };
    let roles: Vec<String> = action.allowed_roles().iter().map(|role| format!("`{role}`")).collect();
    let scope = token_scope(action).unwrap_or_default();
    format!("For callers with one of the roles {}, by a token with the scope `{scope}`.", roles.join(", "))
}

fn gateway_refusal() -> Value {
    json!({
        "description": "What API Gateway says, which refuses before any function is asked.",
        "type": "object",
        "required": ["message"],
        "properties": { "message": { "type": "string" } },
    })
}
