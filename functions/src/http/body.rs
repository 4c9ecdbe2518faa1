use axum::{
    extract::{FromRequest, Request},
    http::{HeaderMap, header},
};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::{Kind, Problem, problem::FieldError};
use domain::InvalidValue;

const LIMIT: usize = 64 * 1024;
/// A body that is too large is read to this point before it is refused: a client that is still sending
/// would otherwise see a broken connection instead of the answer.
const DRAIN: usize = 16 * 1024 * 1024;

/// A JSON body of exactly the shape of `T`: unknown fields are refused, not ignored. An empty body
/// stands for `{}`.
#[derive(Clone, Debug)]
pub struct Body<T>(pub T);

impl<S: Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let is_json = has_json_content_type(request.headers());
        let bytes = read(request.into_body()).await?;
        if bytes.is_empty() {
            return parse(b"{}");
        }
        if !is_json {
            return Err(Problem::new(Kind::UNSUPPORTED_MEDIA_TYPE, Kind::UNSUPPORTED_MEDIA_TYPE.advice));
        }
        parse(&bytes)
    }
}

fn has_json_content_type(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = value.split(';').next().unwrap_or_default().trim();
    ["application/json", "application/merge-patch+json"].iter().any(|json| essence.eq_ignore_ascii_case(json))
}

async fn read(mut body: axum::body::Body) -> Result<Bytes, Problem> {
    let (mut kept, mut seen) = (BytesMut::new(), 0);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Problem::new(Kind::MALFORMED_JSON, "The body broke off."))?;
        let Ok(data) = frame.into_data() else { continue };
        seen += data.len();
        if seen > DRAIN {
            break;
        }
        if seen <= LIMIT {
            kept.extend_from_slice(&data);
        }
    }
    if seen > LIMIT {
        Err(Problem::new(Kind::BODY_TOO_LARGE, Kind::BODY_TOO_LARGE.advice))
    } else {
        Ok(kept.freeze())
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<Body<T>, Problem> {
    if let Err(error) = serde_json::from_slice::<IgnoredAny>(bytes) {
        return Err(Problem::new(Kind::MALFORMED_JSON, format!("The body is not JSON: {error}.")));
    }
    // serde takes a list for a struct, field by field; a client that sends one means something else.
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return Err(Problem::new(Kind::INVALID_BODY, "The body has another shape: send a JSON object."));
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    serde_path_to_error::deserialize(&mut json).map(Body).map_err(|error| refused(&error))
}

fn refused(error: &serde_path_to_error::Error<serde_json::Error>) -> Problem {
    let (pointer, detail) = (pointer(error.path()), error.inner().to_string());
    let code = if detail.starts_with("unknown field") {
        "unknown-field"
    } else if detail.starts_with("missing field") {
        "missing-field"
    } else {
        "wrong-type"
    };
    let field = FieldError { pointer, code: code.into(), detail: detail.clone() };
    Problem::new(Kind::INVALID_BODY, format!("The body has another shape: {detail}."))
        .with_errors(vec![field])
}

/// `roles[0]` as a JSON pointer (RFC 6901): `/roles/0`.
fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let escaped = |key: &str| format!("/{}", key.replace('~', "~0").replace('/', "~1"));
    path.iter()
        .map(|segment| match segment {
            Segment::Seq { index } => format!("/{index}"),
            Segment::Map { key } => escaped(key),
            Segment::Enum { variant } => escaped(variant),
            Segment::Unknown => String::new(),
        })
        .collect()
}

/// More refusals than anybody reads.
const MAX_ERRORS: usize = 50;

/// Parses the values of a body and keeps the refusals (50 at most), so that a caller hears of all of them at once.
#[derive(Debug, Default)]
pub struct ParseAll {
    errors: Vec<FieldError>,
}

impl ParseAll {
    /// The one value of a body that has no other.
    ///
    /// # Errors
    /// The problem `invalid-value` if it was refused.
    pub fn one<T>(pointer: &str, parsed: Result<T, InvalidValue>) -> Result<T, Problem> {
        let mut all = Self::default();
        match all.parse(pointer, parsed) {
            Some(value) => Ok(value),
            None => Err(all.problem()),
        }
    }

    pub fn parse<T>(&mut self, pointer: impl Into<String>, parsed: Result<T, InvalidValue>) -> Option<T> {
        parsed.map_err(|error| self.refuse(pointer, error.code, error.message)).ok()
    }

    pub fn refuse(&mut self, pointer: impl Into<String>, code: &str, detail: impl Into<String>) {
        // An answer must not outgrow its request.
        if self.errors.len() < MAX_ERRORS {
            self.errors.push(FieldError {
                pointer: pointer.into(),
                code: code.into(),
                detail: detail.into(),
            });
        }
    }

    /// # Errors
    /// The problem `invalid-value` if anything was refused.
    pub fn finish(self) -> Result<(), Problem> {
        if self.errors.is_empty() { Ok(()) } else { Err(self.problem()) }
    }

    fn problem(self) -> Problem {
        let first = self.errors.first();
        let detail = first.map_or_else(String::new, |first| format!("{}: {}.", first.pointer, first.detail));
        Problem::new(Kind::INVALID_VALUE, detail).with_errors(self.errors)
    }
}
