mod json;
mod shape;

use axum::{
    extract::{FromRequest, Request},
    http::{HeaderMap, header},
};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use serde::{Deserialize, Deserializer, de::DeserializeOwned};

use super::{Kind, Problem, problem::FieldError};
use domain::InvalidValue;

const LIMIT: usize = 64 * 1024;
/// A body that is too large is read to this point before it is refused: a client that is still sending
/// would otherwise see a broken connection instead of the answer.
const DRAIN: usize = 16 * 1024 * 1024;
/// What a body is sent as; told to whoever sends another.
pub(super) const CONTENT_TYPES: &str = "application/json, application/merge-patch+json";

/// A JSON body of exactly the shape of `T`: unknown fields are refused, not ignored, and so are fields that stand
/// there twice. An empty body stands for `{}`.
#[derive(Clone, Debug)]
pub struct Body<T>(pub T);

impl<S: Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let unsupported = unsupported(request.headers());
        let bytes = read(request.into_body()).await?;
        if bytes.is_empty() {
            return parse(b"{}");
        }
        match unsupported {
            Some(detail) => Err(Problem::new(Kind::UNSUPPORTED_MEDIA_TYPE, detail)),
            None => parse(&bytes),
        }
    }
}

/// Nothing to say: `{}`, or no body.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// For a field that may be left out: `Some` of what is sent, `null` too if `T` knows it. With `serde(default)`, `None`
/// is then what was left out, and nothing else.
pub(crate) fn told<'de, D: Deserializer<'de>, T: Deserialize<'de>>(value: D) -> Result<Option<T>, D::Error> {
    T::deserialize(value).map(Some)
}

/// Why the body cannot be taken as it is sent.
fn unsupported(headers: &HeaderMap) -> Option<String> {
    let told = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = told(header::CONTENT_TYPE).split(';').next().unwrap_or_default().trim();
    if !CONTENT_TYPES.split(", ").any(|json| essence.eq_ignore_ascii_case(json)) {
        return Some(Kind::UNSUPPORTED_MEDIA_TYPE.advice.into());
    }
    let coding = told(header::CONTENT_ENCODING).trim();
    let is_plain = coding.is_empty() || coding.eq_ignore_ascii_case("identity");
    (!is_plain).then(|| "Send the body without a Content-Encoding.".into())
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
    let json::Read { value, twice } = json::read(bytes)
        .map_err(|error| Problem::new(Kind::MALFORMED_JSON, format!("The body is not JSON: {error}.")))?;
    // serde takes a list for a struct, field by field; a client that sends one means something else.
    if !value.is_object() {
        return Err(Problem::new(Kind::INVALID_BODY, "The body has another shape: send a JSON object."));
    }
    let twice: Vec<FieldError> = twice.iter().map(|place| shape::twice(place)).collect();
    match shape::read(value) {
        Ok(body) if twice.is_empty() => Ok(Body(body)),
        Ok(_) => Err(misshapen(twice)),
        Err(others) => Err(misshapen([twice, others].concat())),
    }
}

fn misshapen(mut errors: Vec<FieldError>) -> Problem {
    errors.truncate(MAX_ERRORS);
    let detail = errors.first().map_or_else(String::new, |first| match first.pointer.as_str() {
        "" => format!("The body has another shape: {}.", first.detail),
        pointer => format!("The body has another shape: {pointer}: {}.", first.detail),
    });
    Problem::new(Kind::INVALID_BODY, detail).with_errors(errors)
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
