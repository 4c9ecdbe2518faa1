use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use utoipa::ToSchema;

/// A body of one content type.
#[derive(Clone, Debug)]
pub(super) struct Content {
    pub(super) media: &'static str,
    pub(super) schema: Value,
    pub(super) example: Value,
    /// The schemas that it refers to, by name.
    pub(super) named: BTreeMap<String, Value>,
}

impl Content {
    pub(super) fn of<T: ToSchema>(example: Value) -> Self {
        let mut named = Vec::new();
        T::schemas(&mut named);
        named.push((T::name().into_owned(), T::schema()));
        let named = named.into_iter().map(|(name, schema)| {
            let schema = serde_json::to_value(schema).expect("a schema is JSON");
            (name, any_of(schema))
        });
        let schema = json!({ "$ref": format!("#/components/schemas/{}", T::name()) });
        Self { media: "application/json", schema, example, named: named.collect() }
    }

    pub(super) fn named_as(self, media: &'static str) -> Self {
        Self { media, ..self }
    }

    /// Whether it is JSON, of which a shape is asked.
    pub(super) fn is_json(&self) -> bool {
        !self.named.is_empty()
    }

    pub(super) fn text(media: &'static str) -> Self {
        let schema = json!({ "type": "string" });
        Self { media, schema, example: Value::Null, named: BTreeMap::new() }
    }

    pub(super) fn object() -> Self {
        Self { media: "application/json", schema: json!({ "type": "object" }), ..Self::text("") }
    }

    pub(super) fn paged(self) -> Self {
        let next = json!({
            "description": "The cursor of the page after this one; null at the end.",
            "type": ["string", "null"],
        });
        let items = json!({ "type": "array", "items": self.schema });
        let properties = json!({ "items": items, "next": next });
        let schema = json!({ "type": "object", "required": ["items", "next"], "properties": properties });
        Self { schema, ..self }
    }

    pub(super) fn listed(self) -> Self {
        let properties = json!({ "items": { "type": "array", "items": self.schema } });
        let schema = json!({ "type": "object", "required": ["items"], "properties": properties });
        Self { schema, ..self }
    }

    pub(super) fn or_dry_run(mut self) -> Self {
        let tried = json!({ "$ref": "#/components/schemas/DryRun" });
        self.schema = json!({ "anyOf": [self.schema, { "allOf": [tried, self.schema] }] });
        self.named.insert("DryRun".into(), dry_run());
        self
    }

    pub(super) fn or(mut self, other: Self) -> Self {
        self.schema = json!({ "anyOf": [self.schema, other.schema] });
        self.named.extend(other.named);
        self
    }
}

fn dry_run() -> Value {
    let text = json!({ "type": "string" });
    json!({
        "description": "What a command would record now, and the state that it would leave behind; the version \
                        is the present one. A promise of nothing: another command may come first.",
        "type": "object",
        "required": ["dryRun", "events"],
        "properties": {
            "dryRun": { "const": true },
            "events": { "type": "array", "items": {
                "type": "object",
                "required": ["type", "version", "data"],
                "properties": { "type": text, "version": text, "data": { "type": "object" } },
            } },
        },
    })
}

/// Alternatives that are told by their fields alone overlap: what has none of its own is like all of them.
fn any_of(schema: Value) -> Value {
    match schema {
        Value::Object(object) => {
            let renamed = object.into_iter().map(|(key, value)| match key.as_str() {
                "oneOf" => ("anyOf".into(), any_of(value)),
                _ => (key, any_of(value)),
            });
            Value::Object(renamed.collect::<Map<_, _>>())
        }
        Value::Array(list) => list.into_iter().map(any_of).collect(),
        other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => other,
    }
}
