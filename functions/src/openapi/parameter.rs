use domain::{RoleName, TenantId, UserId};
use serde_json::{Value, json};
use utoipa::PartialSchema;

use crate::{http::problem::KINDS, query_api::page};

/// Something that a request carries beside its body.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    pub(super) name: &'static str,
    pub(super) place: Place,
    pub(super) is_required: bool,
    pub(super) text: String,
    pub(super) schema: Value,
    pub(super) example: Value,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Query,
    Header,
    Path,
}

impl Parameter {
    fn new(place: Place, name: &'static str, schema: Value, text: impl Into<String>) -> Self {
        let (is_required, text) = (place == Place::Path, text.into());
        Self { name, place, is_required, text, schema, example: Value::Null }
    }

    #[must_use]
    pub fn query(name: &'static str, schema: Value, text: impl Into<String>) -> Self {
        Self::new(Place::Query, name, schema, text)
    }

    #[must_use]
    pub fn header(name: &'static str, schema: Value, text: impl Into<String>) -> Self {
        Self::new(Place::Header, name, schema, text)
    }

    /// Takes the place of what is told of a path's segment by its name.
    #[must_use]
    pub fn segment(name: &'static str, schema: Value, text: impl Into<String>) -> Self {
        Self::new(Place::Path, name, schema, text)
    }

    #[must_use]
    pub fn required(self) -> Self {
        Self { is_required: true, ..self }
    }

    #[must_use]
    pub fn example(self, example: impl Into<Value>) -> Self {
        Self { example: example.into(), ..self }
    }

    pub(super) fn written(&self) -> Value {
        let place = match self.place {
            Place::Query => "query",
            Place::Header => "header",
            Place::Path => "path",
        };
        let mut written = json!({
            "name": self.name, "in": place, "required": self.is_required,
            "description": self.text, "schema": self.schema,
        });
        if !self.example.is_null() {
            written["example"] = self.example.clone();
        }
        written
    }
}

#[must_use]
pub fn idempotency_key() -> Parameter {
    let schema = json!({ "type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$" });
    let text = "Your own name for this request: send the same one when you repeat it. A repetition gets the \
                first answer; the same key with another request is refused.";
    Parameter::header("Idempotency-Key", schema, text).example("5f0c1c0e-onboarding-alice")
}

/// `*`, or what looks like this.
fn or_anything(pattern: &str) -> Value {
    json!({ "anyOf": [{ "type": "string", "const": "*" }, { "type": "string", "pattern": pattern }] })
}

#[must_use]
pub fn if_match() -> Parameter {
    let schema = or_anything("^\"(0|[1-9][0-9]{0,14})\"$");
    let text = "The ETag of what you last saw. If it has changed since, nothing is done: 412.";
    Parameter::header("If-Match", schema, text).example("\"3\"")
}

/// Of what replaces something that somebody else may have written meanwhile.
#[must_use]
pub fn must_match() -> Parameter {
    let Parameter { schema, .. } = if_match();
    let text = "The ETag of what you last saw; if it has changed since, nothing is done: 412. Or `*`, to overwrite \
                whatever there is. Without it nothing is done either: 428.";
    Parameter::header("If-Match", schema, text).example("\"3\"").required()
}

#[must_use]
pub fn prefer() -> Parameter {
    let text = "`wait=10` (RFC 7240): answer when the user is provisioned (201), after so many seconds at the latest \
                (202); at most 20. Other preferences are left alone.";
    Parameter::header("Prefer", json!({ "type": "string" }), text).example("wait=10")
}

#[must_use]
pub fn if_none_match() -> Parameter {
    let tag = "(W/)?\"[!#-~]*\"";
    let schema = or_anything(&format!("^{tag}(, ?{tag})*$"));
    let text = "The ETags of what you have. If it is still the same, the answer is 304 without a body.";
    Parameter::header("If-None-Match", schema, text).example("\"3\"")
}

#[must_use]
pub fn consistency_token() -> Parameter {
    let schema = json!({ "type": "integer", "minimum": 0 });
    let text = "The token that a command was answered with: the answer shows at least that much.";
    Parameter::header("Consistency-Token", schema, text).example(3)
}

#[must_use]
pub fn correlation_id() -> Parameter {
    let text = "Your name for what this request is a part of: recorded with the events and logged. 1 to 128 \
                printable characters without @; otherwise it is left out.";
    Parameter::header("X-Correlation-Id", json!({ "type": "string" }), text)
}

#[must_use]
pub fn traceparent() -> Parameter {
    let text = "The caller's place in a trace, as W3C Trace Context has it; otherwise a trace begins here.";
    Parameter::header("traceparent", json!({ "type": "string" }), text)
}

#[must_use]
pub fn dry_run() -> Parameter {
    let text = "Judge the request and show what it would record, but record nothing.";
    Parameter::query("dryRun", json!({ "type": "boolean", "default": false }), text)
}

#[must_use]
pub fn limit() -> Parameter {
    let (most, default) = (page::MAX_LIMIT, page::DEFAULT_LIMIT);
    let schema = json!({ "type": "integer", "minimum": 1, "maximum": most, "default": default });
    Parameter::query("limit", schema, "How many items a page holds at most.")
}

#[must_use]
pub fn cursor() -> Parameter {
    let text = "`next` of the page before, with the same question. Begin without one, or with an empty one.";
    Parameter::query("cursor", json!({ "type": "string" }), text)
}

#[must_use]
pub fn version() -> Parameter {
    let schema = json!({ "type": "integer", "minimum": 1 });
    Parameter::query("version", schema, "As it was after the commit of this number. Not with `at`.")
}

#[must_use]
pub fn at() -> Parameter {
    let schema = json!({ "type": "string", "format": "date-time" });
    let text = "As it was at this time. Not with `version`. The + of an offset is written %2B.";
    Parameter::query("at", schema, text)
}

/// What a segment of a path means by its name.
pub(super) fn segment(name: &'static str, path: &str) -> Parameter {
    let text = json!({ "type": "string", "minLength": 1 });
    match name {
        "id" if path.starts_with("/v1/users/") => Parameter::segment(name, schema::<UserId>(), "The user."),
        "id" if path.starts_with("/v1/imports/") => {
            let schema = json!({ "type": "string", "pattern": "^[0-9a-f]{32}$" });
            Parameter::segment(name, schema, "The import.")
        }
        "role" => Parameter::segment(name, schema::<RoleName>(), "The role."),
        "code" => {
            let codes: Vec<&str> = KINDS.iter().map(|kind| kind.code).collect();
            Parameter::segment(name, json!({ "type": "string", "enum": codes }), "The problem's code.")
        }
        "tenant" if path.starts_with("/v1/limits/") => {
            Parameter::segment(name, schema::<TenantId>(), "The tenant.")
        }
        "tenant" => Parameter::segment(name, text, "The tenant of the stream."),
        "aggregate" => Parameter::segment(name, text, "The aggregate type of the stream."),
        _ => Parameter::segment(name, text, "Its id."),
    }
}

/// The schema of a type, in place.
#[must_use]
pub fn schema<T: PartialSchema>() -> Value {
    serde_json::to_value(T::schema()).expect("a schema is JSON")
}
