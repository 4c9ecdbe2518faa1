use axum::{extract::FromRequestParts, http::request::Parts};

use super::{Kind, Problem, scope::fresh_id};

const HEADER: &str = "idempotency-key";

/// The caller's name for this request: a repetition carries the same one.
#[derive(Clone, Debug)]
pub struct IdempotencyKey(pub String);

/// Under which id a command is carried out: the caller's key, or one of our own where none was sent.
#[derive(Clone, Debug)]
pub struct CommandId(pub String);

impl<S: Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let required = || Problem::new(Kind::IDEMPOTENCY_KEY_REQUIRED, Kind::IDEMPOTENCY_KEY_REQUIRED.advice);
        key(parts)?.map(Self).ok_or_else(required)
    }
}

impl<S: Sync> FromRequestParts<S> for CommandId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Ok(Self(key(parts)?.unwrap_or_else(fresh_id)))
    }
}

fn key(parts: &Parts) -> Result<Option<String>, Problem> {
    let mut values = parts.headers.get_all(HEADER).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(Problem::new(Kind::INVALID_HEADER, "Send one Idempotency-Key, not several."));
    }
    let text = value.to_str().unwrap_or_default().trim();
    // The IETF draft writes the key as a quoted string; most clients leave the quotes out.
    let key = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    if (1..=200).contains(&key.len()) && key.chars().all(|c| c.is_ascii_graphic() || c == ' ') {
        return Ok(Some(key.to_owned()));
    }
    Err(Problem::new(Kind::INVALID_HEADER, "Idempotency-Key is 1 to 200 printable ASCII characters."))
}
