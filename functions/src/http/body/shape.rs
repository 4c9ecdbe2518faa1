//! What is wrong with the shape of a body: all of it at once. serde stops at the first mistake, so each mistake is
//! noted, mended in a copy, and the copy is read again. That needs no second description of the bodies.

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use serde_path_to_error::{Path, Segment};

use super::MAX_ERRORS;
use crate::http::problem::FieldError;

const MAX_DETAIL: usize = 200;
/// Mistakes are tried to be mended so often.
const MAX_TRIES: usize = 2 * MAX_ERRORS;

/// The body, or everything that is wrong with its shape, at most [`MAX_ERRORS`] of it.
pub(super) fn read<T: DeserializeOwned>(body: Value) -> Result<T, Vec<FieldError>> {
    let mistake = match attempt::<T>(&body) {
        Ok(read) => return Ok(read),
        Err(mistake) => mistake,
    };
    let (mut copy, mut next, mut found) = (body, Some(mistake), Vec::<FieldError>::new());
    for _ in 0..MAX_TRIES {
        let Some(mistake) = next.take() else { break };
        // What is wrong within a value that stands there for a try is no mistake of the caller's.
        let is_news = !found.iter().any(|one| is_within(&mistake.error.pointer, &one.pointer));
        found.extend(is_news.then(|| mistake.error.clone()));
        if found.len() == MAX_ERRORS || !mend::<T>(&mut copy, &mistake) {
            break;
        }
        next = attempt::<T>(&copy).err();
    }
    Err(found)
}

fn is_within(pointer: &str, outer: &str) -> bool {
    pointer.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The first mistake that serde meets.
struct Mistake {
    error: FieldError,
    /// Keys and indices that lead to it.
    place: Vec<String>,
}

fn attempt<T: DeserializeOwned>(body: &Value) -> Result<T, Mistake> {
    serde_path_to_error::deserialize(body)
        .map_err(|error| Mistake::of(error.path(), &error.inner().to_string()))
}

impl Mistake {
    fn of(path: &Path, said: &str) -> Self {
        let mut place: Vec<String> = path.iter().filter_map(key).collect();
        let (code, detail): (_, String) = if said.starts_with("unknown field") {
            ("unknown-field", said.to_owned())
        } else if let Some(field) = named(said, "missing field `") {
            // serde says where the field is missing, and not where it should be.
            place.push(field.to_owned());
            ("missing-field", "the field is missing".into())
        } else {
            ("wrong-type", said.to_owned())
        };
        // What was sent stands in it, however long it is.
        let detail = detail.chars().take(MAX_DETAIL).collect();
        Self { error: FieldError { pointer: pointer(&place), code: code.into(), detail }, place }
    }

    fn is(&self, code: &str) -> bool {
        self.error.code == code
    }
}

fn key(segment: &Segment) -> Option<String> {
    match segment {
        Segment::Seq { index } => Some(index.to_string()),
        Segment::Map { key } => Some(key.clone()),
        // Of a choice, the path goes on as if the variant were a key; of a place unknown there is no name.
        Segment::Enum { .. } | Segment::Unknown => None,
    }
}

fn named<'a>(said: &'a str, before: &str) -> Option<&'a str> {
    said.strip_prefix(before)?.split('`').next()
}

/// A key that stands twice.
pub(super) fn twice(place: &[String]) -> FieldError {
    let detail = "the field stands there twice".into();
    FieldError { pointer: pointer(place), code: "duplicate-field".into(), detail }
}

/// As RFC 6901 has it.
fn pointer(place: &[String]) -> String {
    place.iter().map(|key| format!("/{}", key.replace('~', "~0").replace('/', "~1"))).collect()
}

/// Makes the mistake go away, so that the next one is met. Answers whether it could.
fn mend<T: DeserializeOwned>(copy: &mut Value, mistake: &Mistake) -> bool {
    let Some((last, parents)) = mistake.place.split_last() else { return false };
    // Nobody knows of which type a value is to be. The probe that fits is the one with which the mistake is
    // elsewhere, or nowhere.
    let mut fits = |probe| {
        put(copy, parents, last, probe)
            && attempt::<T>(copy).err().is_none_or(|next| next.place != mistake.place)
    };
    (!mistake.is("unknown-field") && probes().into_iter().any(&mut fits)) || remove(copy, parents, last)
}

fn probes() -> [Value; 7] {
    [json!("x"), json!(1), json!(true), json!([]), json!({}), json!("2026-01-01T00:00:00Z"), Value::Null]
}

fn parent<'a>(copy: &'a mut Value, parents: &[String]) -> Option<&'a mut Value> {
    parents.iter().try_fold(copy, |value, key| match value {
        Value::Object(object) => object.get_mut(key),
        Value::Array(list) => list.get_mut(key.parse::<usize>().ok()?),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    })
}

fn remove(copy: &mut Value, parents: &[String], last: &str) -> bool {
    match parent(copy, parents) {
        Some(Value::Object(object)) => object.remove(last).is_some(),
        // Whatever comes after it would be told of another place.
        Some(_) | None => false,
    }
}

fn put(copy: &mut Value, parents: &[String], last: &str, probe: Value) -> bool {
    match parent(copy, parents) {
        Some(Value::Object(object)) => {
            object.insert(last.to_owned(), probe);
            true
        }
        Some(Value::Array(list)) => match last.parse::<usize>().ok().and_then(|index| list.get_mut(index)) {
            Some(item) => {
                *item = probe;
                true
            }
            None => false,
        },
        Some(_) | None => false,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    #[expect(dead_code, reason = "only its shape counts")]
    struct Whole {
        name: String,
        age: u32,
        born: chrono::DateTime<chrono::Utc>,
        #[serde(default)]
        tags: Vec<String>,
        #[serde(default)]
        parts: BTreeMap<String, Part>,
        choice: Option<Choice>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its shape counts")]
    struct Part {
        size: u32,
        is_open: bool,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Choice {
        This,
        That,
    }

    fn wrong(body: Value) -> Vec<(String, String)> {
        read::<Whole>(body).unwrap_err().into_iter().map(|error| (error.pointer, error.code)).collect()
    }

    fn told(errors: &[(&str, &str)]) -> Vec<(String, String)> {
        errors.iter().map(|(pointer, code)| ((*pointer).into(), (*code).into())).collect()
    }

    #[test]
    fn a_body_without_a_mistake_is_read() {
        let whole = json!({ "name": "a", "age": 7, "born": "2026-01-01T00:00:00Z", "choice": "that" });
        assert!(read::<Whole>(whole).is_ok());
    }

    #[test]
    fn all_that_is_missing_is_named() {
        let missing =
            told(&[("/name", "missing-field"), ("/age", "missing-field"), ("/born", "missing-field")]);
        assert_eq!(wrong(json!({})), missing);
    }

    #[test]
    fn mistakes_of_every_kind_and_depth_are_named_at_once() {
        let mut found = wrong(json!({
            "name": 7, "age": "x", "born": "2026-01-01T00:00:00Z", "colour": "red", "tags": ["a", 1, null],
            "parts": { "a/b": { "size": -1 }, "c": { "size": 1, "is_open": true, "~": 0 }, "d": [] },
            "choice": "neither",
        }));
        found.sort();
        let mut expected = told(&[
            ("/name", "wrong-type"),
            ("/age", "wrong-type"),
            ("/colour", "unknown-field"),
            ("/tags/1", "wrong-type"),
            ("/tags/2", "wrong-type"),
            ("/parts/a~1b/size", "wrong-type"),
            ("/parts/a~1b/is_open", "missing-field"),
            ("/parts/c/~0", "unknown-field"),
            ("/parts/d", "wrong-type"),
            ("/choice", "wrong-type"),
        ]);
        expected.sort();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_list_of_mistakes_ends() {
        let many: serde_json::Map<String, Value> = (0..5_000).map(|n| (format!("f{n}"), json!(n))).collect();
        assert_eq!(wrong(many.into()).len(), MAX_ERRORS);
        let tags: Vec<Value> = (0..5_000).map(Value::from).collect();
        let whole = json!({ "name": "a", "age": 7, "born": "2026-01-01T00:00:00Z", "tags": tags });
        assert_eq!(wrong(whole).len(), MAX_ERRORS);
    }

    #[test]
    fn what_is_told_of_a_value_is_short() {
        let long = json!({ "name": "a", "age": "x".repeat(10_000), "born": "2026-01-01T00:00:00Z" });
        let errors = read::<Whole>(long).unwrap_err();
        assert!(errors[0].detail.len() <= MAX_DETAIL, "{}", errors[0].detail.len());
    }
}
