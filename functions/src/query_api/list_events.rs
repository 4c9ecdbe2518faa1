use axum::{Extension, Json, extract::State};
use domain::Action;
use futures_util::FutureExt as _;
use serde::{Deserialize, Serialize};

use super::{Sources, cursor::Question, long_poll::at_most, page::limit};
use crate::{
    callers::Callers,
    feed::{FeedError, FeedEvent, Position, Types},
    http::{Authenticated, Kind, Parameters, Patience, Pauses, Problem, admit},
};

/// `GET /v1/events`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    after: Option<String>,
    r#type: Option<String>,
    limit: Option<String>,
    wait: Option<String>,
}

/// A part of the feed. `next` is always there: it is what to ask with for what comes. `more` says that there may be
/// something already.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct Events {
    items: Vec<FeedEvent>,
    next: String,
    more: bool,
}

/// What happened to the tenant since the cursor, oldest first; without one, as far back as the feed goes. Each event at
/// least once, and those of a stream in order. A page holds the wanted events of at most `limit` commits; it may be
/// empty while there are more. With `wait` it is answered as soon as it is not, or when the time is up.
pub(super) async fn handle(
    State(sources): State<Sources>,
    Extension(callers): Extension<Callers>,
    caller: Authenticated,
    patience: Patience,
    Parameters(request): Parameters<Request>,
) -> Result<Json<Events>, Problem> {
    let (types, limit) = (types(request.r#type.as_deref())?, limit(request.limit.as_deref())?);
    let wait = at_most(request.wait.as_deref())?;
    let tenant = &caller.0.tenant;
    let asked = types.to_text();
    let question = Question { tenant, list: "events", asked: &asked };
    let after = request.after.as_deref().map(|text| sources.cursors.read(question, text)).transpose()?;
    // What was signed here is a position.
    let mut after = after.as_deref().and_then(Position::parse);
    let mut pauses = Pauses::begin(wait, patience);
    let page = loop {
        let page = sources.feed.page(tenant, after, &types, limit).boxed().await?;
        if !page.items.is_empty() || page.more || !pauses.pause().await {
            break page;
        }
        after = Some(page.next);
    };
    if !wait.is_zero() {
        // Whoever was shut off meanwhile is told so, and not the news.
        admit(&callers, caller.0.clone(), Action::ReadEvents).await?;
    }
    let next = sources.cursors.write(question, &page.next.to_text());
    Ok(Json(Events { items: page.items, next, more: page.more }))
}

fn types(text: Option<&str>) -> Result<Types, Problem> {
    let Some(text) = text else { return Ok(Types::default()) };
    Types::parse(text).map_err(|unknown| {
        let unknown: String = unknown.chars().take(64).collect();
        let detail = format!(
            "{unknown:?} is no type of event; user.created is one. Several stand with commas between them."
        );
        Problem::new(Kind::INVALID_PARAMETER, detail)
    })
}

impl From<FeedError> for Problem {
    fn from(error: FeedError) -> Self {
        match error {
            FeedError::Expired => Self::new(Kind::CURSOR_EXPIRED, Kind::CURSOR_EXPIRED.advice),
            FeedError::Feed(error) => error.into(),
            FeedError::Events(error) => error.into(),
        }
    }
}
