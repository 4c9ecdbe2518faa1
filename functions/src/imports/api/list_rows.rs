use axum::{
    Json,
    extract::{Path, State},
};
use domain::UserId;
use serde::{Deserialize, Serialize};

use super::{Desk, Id};
use crate::{
    http::{Authenticated, Kind, Parameters, Problem},
    imports::{
        Job, Word,
        desk::unknown,
        verdict::{FaultyField, Verdict},
    },
    query_api::{
        cursor::Question,
        page::{List, limit},
    },
};

/// Chunks of verdicts that are read at a time.
const CHUNKS: i32 = 20;

/// `GET /v1/imports/{id}/rows`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    verdict: Option<String>,
    limit: Option<String>,
    cursor: Option<String>,
}

/// A row and what became of it. What was in it is not told.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct RowItem {
    /// From 1, in the order of the file; neither the line of column names nor blank lines are counted.
    row: u32,
    verdict: Word,
    /// Who was created.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<UserId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FaultyField>,
}

/// The verdicts so far, in the order of the rows.
pub(super) async fn handle(
    State(desk): State<Desk>,
    caller: Authenticated,
    Path(id): Id,
    Parameters(request): Parameters<Request>,
) -> Result<Json<List<RowItem>>, Problem> {
    let limit = limit(request.limit.as_deref())?;
    let refused = |detail: String| Problem::new(Kind::INVALID_PARAMETER, detail);
    let wanted: Option<Word> = match request.verdict.as_deref() {
        Some(text) => Some(text.parse().map_err(|error| refused(format!("{error}.")))?),
        None => None,
    };
    let tenant = &caller.0.tenant;
    let asked = format!("{id} {}", wanted.map_or("", Word::as_str));
    let question = Question { tenant, list: "import_rows", asked: &asked };
    let place = match request.cursor.as_deref() {
        Some(text) => place(&desk.cursors.read(question, text)?),
        None => Place { chunk: 1, row: 0 },
    };
    let job = desk.store.job(tenant, &id).await?.ok_or_else(unknown)?.content;
    let (items, next) = rows(&desk, &job, wanted, place, limit).await?;
    let next = next.map(|place| desk.cursors.write(question, &format!("{}/{}", place.chunk, place.row)));
    Ok(Json(List { items, next }))
}

/// The last row of a page, and the chunk that it is in.
#[derive(Clone, Copy)]
struct Place {
    chunk: u32,
    row: u32,
}

/// Only what was written here is read here.
fn place(text: &str) -> Place {
    let number = |text: &str| text.parse().unwrap_or(1);
    text.split_once('/')
        .map_or(Place { chunk: 1, row: 0 }, |(chunk, row)| Place { chunk: number(chunk), row: number(row) })
}

/// A page behind a place, and where the next one goes on, if it may have anything in it.
async fn rows(
    desk: &Desk,
    job: &Job,
    wanted: Option<Word>,
    place: Place,
    limit: usize,
) -> Result<(Vec<RowItem>, Option<Place>), Problem> {
    let (mut items, mut from) = (Vec::new(), place.chunk);
    loop {
        let chunks = desk.store.verdicts_since(job, from, CHUNKS).await?;
        let Some((last, _)) = chunks.last() else { return Ok((items, None)) };
        let after = last + 1;
        for (first, verdicts) in chunks {
            for (row, verdict) in (first..).zip(verdicts) {
                // Of what the job does not know yet, its figures do not tell.
                if row <= place.row || row > job.done || wanted.is_some_and(|it| it != verdict.verdict) {
                    continue;
                }
                items.push(item(job, row, verdict));
                if items.len() == limit {
                    return Ok((items, (row < job.done).then_some(Place { chunk: first, row })));
                }
            }
        }
        from = after;
    }
}

fn item(job: &Job, row: u32, Verdict { verdict, fault }: Verdict) -> RowItem {
    let user_id = (verdict == Word::Created).then(|| job.user(row));
    let (code, detail, errors) = match fault {
        Some(fault) => (Some(fault.code), Some(fault.detail), fault.errors),
        None => (None, None, Vec::new()),
    };
    RowItem { row, verdict, user_id, code, detail, errors }
}
