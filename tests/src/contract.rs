//! Whether the API's document tells the truth: every answer that a test gets is held against it.

use std::{
    collections::HashMap,
    fs,
    sync::{Arc, LazyLock, Mutex},
};

use axum::http::{HeaderMap, Method};
use jsonschema::Validator;
use serde_json::{Value, json};

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let committed = fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../functions/openapi.json"));
    serde_json::from_slice(&committed.expect("the document is committed")).expect("it is JSON")
});
/// Made when they are first needed, by the place of the schema in the document.
static VALIDATORS: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);

/// An answer as it came.
pub(crate) struct Told<'a> {
    pub(crate) status: u16,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
}

/// Fails unless the document says that this request can be answered so.
pub(crate) fn check(method: &Method, path: &str, told: &Told<'_>) {
    if let Err(mistake) = judge(method, path, told) {
        let body: String = String::from_utf8_lossy(told.body).chars().take(2_000).collect();
        let mistake: String = mistake.chars().take(2_000).collect();
        panic!(
            "{method} {path} was answered as the document does not say: {mistake}\n{} {body}",
            told.status
        );
    }
}

fn judge(method: &Method, path: &str, told: &Told<'_>) -> Result<(), String> {
    // What the local issuer publishes is a provider's, not the API's.
    if path.starts_with("/.well-known/") {
        return Ok(());
    }
    // A HEAD is answered as a GET is, but for the body.
    let (name, is_head) =
        if method == Method::HEAD { ("get", true) } else { (&*method.as_str().to_lowercase(), false) };
    let path = path.split('?').next().unwrap_or_default();
    let Some((template, operation)) = operation(name, path) else {
        return if [404, 405].contains(&told.status) {
            Ok(())
        } else {
            Err("there is no such operation".into())
        };
    };
    let place = format!("{name} {template} {}", told.status);
    let answer = &operation["responses"][told.status.to_string()];
    let answer = match answer["$ref"].as_str() {
        Some(reference) => at(reference),
        None if answer.is_null() => return Err(format!("no status {}", told.status)),
        None => answer,
    };
    check_headers(answer, told.headers)?;
    let content_type = told.headers.get("content-type").map(|value| value.to_str().unwrap_or_default());
    let Some(contents) = answer["content"].as_object() else {
        return if told.body.is_empty() { Ok(()) } else { Err("no body".into()) };
    };
    let media = content_type.unwrap_or_default().split(';').next().unwrap_or_default();
    let content = contents.get(media).ok_or_else(|| format!("no content type {media:?}"))?;
    if is_head || !media.ends_with("json") {
        return Ok(());
    }
    let body: Value = serde_json::from_slice(told.body).map_err(|error| error.to_string())?;
    let validator = validator(format!("{place} {media}"), &content["schema"]);
    let mistakes: Vec<String> = validator
        .iter_errors(&body)
        .map(|error| format!("{} at {:?}", error, error.instance_path()))
        .collect();
    if mistakes.is_empty() { Ok(()) } else { Err(mistakes.join("; ")) }
}

fn check_headers(answer: &Value, headers: &HeaderMap) -> Result<(), String> {
    let documented = answer["headers"].as_object().into_iter().flatten();
    let required = documented.filter(|(_, header)| match header["$ref"].as_str() {
        Some(reference) => at(reference)["required"] == true,
        None => header["required"] == true,
    });
    let missing = required.filter(|(name, _)| !headers.contains_key(name.as_str()));
    let missing: Vec<&String> = missing.map(|(name, _)| name).collect();
    if missing.is_empty() { Ok(()) } else { Err(format!("without the headers {missing:?}")) }
}

/// The operation of this path: of two that match, the one with fewer parameters.
fn operation(method: &str, path: &str) -> Option<(&'static str, &'static Value)> {
    let paths = DOCUMENT["paths"].as_object().expect("the document has paths").iter();
    let matching =
        paths.filter(|(template, operations)| matches(template, path) && operations.get(method).is_some());
    let (template, operations) = matching.min_by_key(|(template, _)| template.matches('{').count())?;
    Some((template, &operations[method]))
}

fn matches(template: &str, path: &str) -> bool {
    let (wanted, given) = (template.split('/'), path.split('/'));
    wanted.clone().count() == given.clone().count()
        && wanted.zip(given).all(
            |(wanted, given)| {
                if wanted.starts_with('{') { !given.is_empty() } else { wanted == given }
            },
        )
}

fn at(reference: &str) -> &'static Value {
    let pointer = reference.strip_prefix('#').unwrap_or(reference);
    DOCUMENT.pointer(pointer).unwrap_or_else(|| panic!("the document has no {reference}"))
}

fn validator(place: String, schema: &Value) -> Arc<Validator> {
    let mut known = VALIDATORS.lock().expect("nobody panics with it");
    let made = known.entry(place).or_insert_with(|| {
        // What it refers to is found in the document around it.
        let whole =
            json!({ "allOf": [schema], "components": { "schemas": DOCUMENT["components"]["schemas"] } });
        Arc::new(jsonschema::draft202012::new(&whole).expect("the document's schemas are schemas"))
    });
    made.clone()
}
