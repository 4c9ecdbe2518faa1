use axum::{extract::State, response::Response};
use cqrs_es::Aggregate as _;
use domain::{TenantId, User, user::Lifecycle};
use event_store::{Commit, CorruptCommit, Snapshots, StoreError, StreamId};
use futures_util::FutureExt as _;
use projections::user_timeline::{Recorded, TimelineEntry, entries};
use serde::Deserialize;

use super::{
    Sources,
    answer::versioned,
    cursor::Question,
    get_user::unknown,
    page::{List, limit},
};
use crate::{
    history,
    http::{Authenticated, CONSISTENCY_TOKEN, IfNoneMatch, Kind, Parameters, Problem, UserPath},
};

/// `GET /v1/users/{id}/timeline`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    order: Option<String>,
    limit: Option<String>,
    cursor: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    OldestFirst,
    NewestFirst,
}

/// What happened to a user, the deleted ones, too. A page holds `limit` commits, and each of them as a whole,
/// whichever number of entries that makes. It is read from the events by two queries, however long the stream
/// is: the commits of the page, and the newest snapshot before them.
pub(super) async fn handle(
    State(sources): State<Sources>,
    caller: Authenticated,
    known: IfNoneMatch,
    UserPath(id): UserPath,
    Parameters(request): Parameters<Request>,
) -> Result<Response, Problem> {
    let (order, limit) = (order(request.order.as_deref())?, limit(request.limit.as_deref())?);
    let (tenant, id) = (&caller.0.tenant, id.to_string());
    let asked = format!("{} {id}", order.term());
    let question = Question { tenant, list: "timeline", asked: &asked };
    let from = request.cursor.as_deref().map(|text| sources.cursors.read(question, text)).transpose()?;
    // What was signed here is a number.
    let from = from.and_then(|from| from.parse().ok());
    let (commits, more) = sources.page(tenant, &id, order, from, limit).await?;
    let (Some(first), Some(last)) = (commits.first(), commits.last()) else { return Err(unknown()) };
    let end = match order {
        Order::OldestFirst => last.number,
        Order::NewestFirst => first.number,
    };
    let lifecycle = sources.lifecycle(tenant, &id, first.number - 1).await?;
    // Within one page nothing changes but its end: the newest commit, or that there is one after it.
    let version = match order {
        Order::OldestFirst => last.number + u64::from(more),
        Order::NewestFirst => last.number,
    };
    let mut items = told(lifecycle, &commits)?;
    if order == Order::NewestFirst {
        items.reverse();
    }
    let next = more.then(|| sources.cursors.write(question, &end.to_string()));
    let mut page = versioned(&List::<TimelineEntry> { items, next }, version, &known);
    // The end of a page is no commit to refer to.
    page.headers_mut().remove(CONSISTENCY_TOKEN);
    Ok(page)
}

fn order(text: Option<&str>) -> Result<Order, Problem> {
    match text {
        None | Some("desc") => Ok(Order::NewestFirst),
        Some("asc") => Ok(Order::OldestFirst),
        Some(_) => {
            let detail = "order is desc, the newest first, or asc, the oldest first.";
            Err(Problem::new(Kind::INVALID_PARAMETER, detail))
        }
    }
}

impl Order {
    fn term(self) -> String {
        match self {
            Self::OldestFirst => "order=asc".into(),
            Self::NewestFirst => "order=desc".into(),
        }
    }
}

impl Sources {
    /// The commits of a page, oldest first, and whether there are more beyond it. `from` is where the page
    /// before ended.
    async fn page(
        &self,
        tenant: &TenantId,
        id: &str,
        order: Order,
        from: Option<u64>,
        limit: usize,
    ) -> Result<(Vec<Commit>, bool), Problem> {
        let stream = StreamId::new(tenant.as_str(), User::TYPE, id).map_err(StoreError::from)?;
        let one_more = u32::try_from(limit).unwrap_or(u32::MAX).saturating_add(1);
        let (after, upto) = match order {
            Order::OldestFirst => {
                let after = from.unwrap_or_default();
                (after, after.saturating_add(one_more.into()))
            }
            Order::NewestFirst => (0, from.map_or(u64::MAX, |from| from.saturating_sub(1))),
        };
        let mut commits = self.events.newest_commits(&stream, after, upto, one_more).boxed().await?;
        commits.reverse();
        let more = commits.len() > limit;
        match order {
            Order::OldestFirst => commits.truncate(limit),
            Order::NewestFirst => drop(commits.drain(..commits.len().saturating_sub(limit))),
        }
        Ok((commits, more))
    }

    /// Where a commit left the user.
    async fn lifecycle(&self, tenant: &TenantId, id: &str, commit: u64) -> Result<Lifecycle, Problem> {
        let users = self.events.aggregates::<User>();
        let users = users.snapshotting(Snapshots::of_state_version(User::STATE_VERSION));
        let users = users.upcasting(history::upcasters().clone());
        let loaded = users.load_as_of(tenant.as_str(), id, commit).boxed().await?;
        Ok(loaded.state.account().map(|account| account.lifecycle).unwrap_or_default())
    }
}

fn told(mut lifecycle: Lifecycle, commits: &[Commit]) -> Result<Vec<TimelineEntry>, Problem> {
    let mut told = Vec::with_capacity(commits.len());
    for commit in commits {
        let recorded = recorded(commit).map_err(|error| Problem::hiding(Kind::INTERNAL, &error))?;
        told.extend(entries(&mut lifecycle, &recorded));
    }
    Ok(told)
}

fn recorded(commit: &Commit) -> Result<Recorded, CorruptCommit> {
    Ok(Recorded {
        commit: commit.number,
        at: commit.at,
        actor: commit.metadata.actor.clone(),
        correlation_id: commit.metadata.correlation_id.clone(),
        causation_id: commit.metadata.causation_id.clone(),
        events: commit.decode(history::upcasters())?,
    })
}
