use axum::{
    Json,
    body::Body,
    extract::{FromRequestParts, Query, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse as _, Response},
};
use chrono::{DateTime, Utc};
use http_body_util::BodyExt as _;
use serde::{Deserialize, Serialize};

use crate::{
    http::{Authenticated, IdempotencyKey, Kind, Problem},
    imports::{Format, Imports, Job, job::Asked, upload::Upload},
};

pub(super) const RATE: u32 = 50;
/// One row after the other: a command takes ten milliseconds.
pub(super) const HIGHEST_RATE: u32 = 100;
/// What a file is sent as; told to whoever sends another.
const CONTENT_TYPES: &str = "application/x-ndjson, text/csv";
/// What was refused is read to this point: a client that is still sending would otherwise see a broken connection
/// instead of the answer.
const DRAIN: usize = 16 * 1024 * 1024;

/// `POST /v1/imports[?dryRun=true&ratePerSecond=50]`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Parameters {
    #[serde(default)]
    dry_run: bool,
    rate_per_second: Option<u32>,
}

/// An import that was accepted. The same each time that the request is repeated; how far it is, `GET` tells.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AcceptedImport)]
pub(super) struct Accepted {
    id: String,
    rows: u32,
    format: Format,
    dry_run: bool,
    rate_per_second: u32,
    started_by: String,
    started_at: DateTime<Utc>,
}

impl<S: Sync> FromRequestParts<S> for Asked {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        let query = Query::<Parameters>::try_from_uri(&parts.uri);
        let refused = |detail: String| Problem::new(Kind::INVALID_PARAMETER, detail).into_response();
        let Query(asked) = query.map_err(|error| refused(format!("{}.", error.body_text())))?;
        let rate_per_second = asked.rate_per_second.unwrap_or(RATE);
        if !(1..=HIGHEST_RATE).contains(&rate_per_second) {
            return Err(refused(format!("ratePerSecond is a number from 1 to {HIGHEST_RATE}.")));
        }
        let format = format(&parts.headers).ok_or_else(unsupported)?;
        Ok(Self { format, dry_run: asked.dry_run, rate_per_second })
    }
}

fn unsupported() -> Response {
    let advice = "Send Content-Type: application/x-ndjson or text/csv, in UTF-8.";
    let mut response = Problem::new(Kind::UNSUPPORTED_MEDIA_TYPE, advice).into_response();
    response.headers_mut().insert(header::ACCEPT, HeaderValue::from_static(CONTENT_TYPES));
    response
}

fn format(headers: &HeaderMap) -> Option<Format> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?.to_ascii_lowercase();
    let mut parts = value.split(';').map(str::trim);
    let essence = parts.next()?;
    let charset = parts.find_map(|part| part.strip_prefix("charset="));
    if charset.is_some_and(|charset| charset.trim_matches('"') != "utf-8") {
        return None;
    }
    match essence {
        "application/x-ndjson" => Some(Format::Ndjson),
        "text/csv" => Some(Format::Csv),
        _ => None,
    }
}

/// Accepts a file of users. Its rows are worked off in the background; `Location` says where to watch that.
pub(super) async fn handle(
    State(imports): State<Imports>,
    caller: Authenticated,
    IdempotencyKey(key): IdempotencyKey,
    asked: Asked,
    request: Request,
) -> Result<Response, Problem> {
    let mut upload = imports.upload(&caller.0, &key, asked).await?;
    match Box::pin(read(&mut upload, request.into_body())).await {
        Ok(job) => Ok(accepted(job)),
        Err(problem) => {
            upload.give_up().await;
            Err(problem)
        }
    }
}

async fn read(upload: &mut Upload<'_>, mut body: Body) -> Result<Job, Problem> {
    let (mut refused, mut seen) = (None, 0);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Problem::new(Kind::INVALID_IMPORT, "The body broke off."))?;
        let Ok(data) = frame.into_data() else { continue };
        seen += data.len();
        if seen > DRAIN {
            break;
        }
        if refused.is_none() {
            refused = upload.push(&data).await.err();
        }
    }
    match refused {
        Some(problem) => Err(problem),
        None => upload.finish().await,
    }
}

fn accepted(job: Job) -> Response {
    let location = format!("/v1/imports/{}", job.id);
    let accepted = Accepted {
        id: job.id,
        rows: job.rows,
        format: job.asked.format,
        dry_run: job.asked.dry_run,
        rate_per_second: job.asked.rate_per_second,
        started_by: job.by.subject,
        started_at: job.accepted_at,
    };
    (StatusCode::ACCEPTED, [(header::LOCATION, location)], Json(accepted)).into_response()
}
