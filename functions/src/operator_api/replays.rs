use axum::{
    Json,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;
use utoipa::openapi::{Object, ObjectBuilder, Type};

use super::{Desk, replay_item::ReplayItem};
use crate::{
    http::{Authenticated, Body, DryRun, Kind, NoParameters, Problem, problem::FieldError, told},
    read_models,
    replays::{Job, Refused, Start},
};

const DEFAULT_SEGMENTS: u32 = 4;
const MOST_SEGMENTS: u32 = 1_000;
pub(super) const MOST_ITEMS_PER_SECOND: u32 = 1_000_000;
const DEFAULT_PERCENT: u8 = 10;

/// `POST /v1/replays`
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = StartReplay)]
pub(super) struct Request {
    #[schema(required = true, schema_with = projections)]
    projection: Option<String>,
    /// Into so many segments it is divided, to be worked on side by side; 4 if nothing is said.
    #[schema(minimum = 1, maximum = 1000)]
    segments: Option<u32>,
    /// Items a second, read by all segments together.
    #[schema(minimum = 1, maximum = 1_000_000)]
    rate_limit: Option<u32>,
    /// Of a hundred rows, how many are compared with a fresh fold; 10 if nothing is said.
    #[schema(maximum = 100)]
    verify_percent: Option<u8>,
    #[serde(default)]
    promote: bool,
}

fn projections() -> Object {
    let text = "The read model; it cannot be left out.";
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(read_models::names()))
        .description(Some(text))
        .build()
}

/// `PATCH /v1/replays/{id}`: what is left out stays; null takes the limit off.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = ChangeReplay)]
pub(super) struct Change {
    #[serde(default, deserialize_with = "told")]
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 1_000_000)]
    rate_limit: Option<Option<u32>>,
}

/// Starts a replay, or tells what it would come to.
pub(super) async fn start(
    State(desk): State<Desk>,
    caller: Authenticated,
    DryRun(dry_run): DryRun,
    Body(request): Body<Request>,
) -> Result<Response, Problem> {
    let start = parse(request, caller.0.subject)?;
    if dry_run {
        return Ok(Json(desk.replays.estimate(&start.projection).await?).into_response());
    }
    let job = desk.replays.start(start).await?;
    let location = format!("/v1/replays/{}", job.id);
    let item = desk.item(job).await?;
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, location)], Json(item)).into_response())
}

/// `GET /v1/replays`: all there were, the newest first, without their segments.
pub(super) async fn list(State(desk): State<Desk>, _: NoParameters) -> Result<Response, Problem> {
    let jobs = desk.replays.jobs().await?;
    let now = desk.replays.now();
    let items: Vec<ReplayItem> = jobs.into_iter().map(|job| ReplayItem::of(job, &[], now)).collect();
    Ok(Json(serde_json::json!({ "items": items })).into_response())
}

/// `GET /v1/replays/{id}`
pub(super) async fn show(
    State(desk): State<Desk>,
    Path(id): Path<String>,
    _: NoParameters,
) -> Result<Json<ReplayItem>, Problem> {
    let job = desk.replays.job(&id).await?;
    Ok(Json(desk.item(job).await?))
}

pub(super) async fn change(
    State(desk): State<Desk>,
    Path(id): Path<String>,
    _: NoParameters,
    Body(change): Body<Change>,
) -> Result<Json<ReplayItem>, Problem> {
    let job = match change.rate_limit {
        Some(limit) => {
            check(limit.is_none_or(is_rate), "/rateLimit", RATE)?;
            desk.replays.limit(&id, limit).await?
        }
        None => desk.replays.job(&id).await?,
    };
    Ok(Json(desk.item(job).await?))
}

/// `POST /v1/replays/{id}/cancel`
pub(super) async fn cancel(
    State(desk): State<Desk>,
    Path(id): Path<String>,
    _: NoParameters,
) -> Result<Response, Problem> {
    let job = desk.replays.cancel(&id).await?;
    desk.accepted(job).await
}

/// `POST /v1/replays/{id}/promote`
pub(super) async fn promote(
    State(desk): State<Desk>,
    Path(id): Path<String>,
    _: NoParameters,
) -> Result<Response, Problem> {
    let job = desk.replays.promote(&id).await?;
    desk.accepted(job).await
}

/// `POST /v1/replays/{id}/rollback`
pub(super) async fn roll_back(
    State(desk): State<Desk>,
    Path(id): Path<String>,
    _: NoParameters,
) -> Result<Response, Problem> {
    let job = desk.replays.roll_back(&id).await?;
    desk.accepted(job).await
}

/// `POST /v1/replays/{id}/finish`
pub(super) async fn finish(
    State(desk): State<Desk>,
    Path(id): Path<String>,
    _: NoParameters,
) -> Result<Response, Problem> {
    let job = desk.replays.finish(&id).await?;
    desk.accepted(job).await
}

impl Desk {
    async fn item(&self, job: Job) -> Result<ReplayItem, Problem> {
        let progress = self.replays.progress(&job).await?;
        Ok(ReplayItem::of(job, &progress, self.replays.now()))
    }

    async fn accepted(&self, job: Job) -> Result<Response, Problem> {
        Ok((StatusCode::ACCEPTED, Json(self.item(job).await?)).into_response())
    }
}

const RATE: &str = "rateLimit is a number of items a second from 1 to 1000000, or null for no limit.";

fn is_rate(limit: u32) -> bool {
    (1..=MOST_ITEMS_PER_SECOND).contains(&limit)
}

fn parse(request: Request, by: String) -> Result<Start, Problem> {
    let Request { projection, segments, rate_limit, verify_percent, promote } = request;
    let (segments, verify_percent) =
        (segments.unwrap_or(DEFAULT_SEGMENTS), verify_percent.unwrap_or(DEFAULT_PERCENT));
    check((1..=MOST_SEGMENTS).contains(&segments), "/segments", "segments is a number from 1 to 1000.")?;
    check(rate_limit.is_none_or(is_rate), "/rateLimit", RATE)?;
    check(verify_percent <= 100, "/verifyPercent", "verifyPercent is a number from 0 to 100.")?;
    let missing = || refused("/projection", "projection names the read model to rebuild.");
    let projection = projection.ok_or_else(missing)?;
    Ok(Start { projection, segments, rate_limit, verify_percent, promote, by })
}

fn check(holds: bool, pointer: &str, detail: &str) -> Result<(), Problem> {
    if holds { Ok(()) } else { Err(refused(pointer, detail)) }
}

fn refused(pointer: &str, detail: &str) -> Problem {
    let error = FieldError { pointer: pointer.into(), code: "out-of-range".into(), detail: detail.into() };
    Problem::new(Kind::INVALID_VALUE, detail).with_errors(vec![error])
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        let told = |kind: &'static Kind| Self::new(kind, format!("{refused}. {}", kind.advice));
        match refused {
            Refused::UnknownProjection(_) => self::refused(
                "/projection",
                &format!("There is no such projection; there are {}.", read_models::names().join(", ")),
            ),
            Refused::UnknownJob(_) => told(Kind::NO_SUCH_REPLAY),
            Refused::Busy(_) => told(Kind::REPLAY_BUSY),
            Refused::WrongState { .. } => told(Kind::REPLAY_STATE),
            Refused::Changed => told(Kind::CONTENTION),
            Refused::Store(error) => error.into(),
            Refused::View(error) => error.into(),
            Refused::Queue(error) => Self::hiding(Kind::UNAVAILABLE, &error),
        }
    }
}
