use axum::{
    Json,
    extract::State,
    response::{IntoResponse as _, Response},
};
use domain::{Email, RoleName, fold_for_search};
use infra_aws::views::{Page, Rows, Wanted};
use projections::{
    Index, UserDirectory,
    user_directory::{Sort, UserFilter, UserItem, UserView},
};
use serde::Deserialize;
use serde_json::json;

use super::{
    Sources,
    cursor::Question,
    page::{List, limit},
};
use crate::http::{Authenticated, Kind, Parameters, Problem};

/// Nobody has a longer name to search for.
pub(super) const MAX_SEARCH: usize = 256;

/// `GET /v1/users`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    status: Option<String>,
    role: Option<String>,
    email: Option<String>,
    q: Option<String>,
    sort: Option<String>,
    limit: Option<String>,
    cursor: Option<String>,
}

/// The tenant's users that all filters are true of, by id if no other order is asked for. A page may be short,
/// even empty, while `next` leads on.
pub(super) async fn handle(
    State(sources): State<Sources>,
    caller: Authenticated,
    Parameters(request): Parameters<Request>,
) -> Result<Response, Problem> {
    let (filter, sort, limit) = (filter(&request)?, sort(&request)?, limit(request.limit.as_deref())?);
    let tenant = &caller.0.tenant;
    let asked = asked(&filter, &request);
    let question = Question { tenant, list: "users", asked: &asked };
    let after = request.cursor.as_deref().map(|text| sources.cursors.read(question, text)).transpose()?;

    let lag = sources.read_lag().await?;
    let rows = sources.views.live::<UserDirectory>().await?;
    let (terms, shows) = (filter.terms(), filter.judge());
    let wanted = Wanted {
        tenant: tenant.as_str(),
        terms: &terms,
        shows: &shows,
        is_selective: filter.is_selective(),
        by: sort.by,
        descending: sort.descending,
        limit,
        after: after.as_deref(),
    };
    let page = page(&rows, &filter, &wanted).await?;
    let next = page.next.map(|place| sources.cursors.write(question, &place));
    let items = page.rows.into_iter().filter_map(|(id, row)| UserItem::of(&id, row)).collect();
    Ok((lag, Json(List { items, next })).into_response())
}

async fn page(
    rows: &Rows<UserDirectory>,
    filter: &UserFilter,
    wanted: &Wanted<'_, UserView>,
) -> Result<Page<UserView>, Problem> {
    Ok(match &filter.email {
        Some(email) => rows.page_of(&email.canonical(), &[Index::Email, Index::PendingEmail], wanted).await?,
        None => rows.page(wanted).await?,
    })
}

fn filter(request: &Request) -> Result<UserFilter, Problem> {
    let status = request.status.as_deref().map(str::parse).transpose().map_err(|error| invalid(&error))?;
    let role = request.role.as_deref().map(RoleName::parse).transpose().map_err(|error| invalid(&error))?;
    let email = request.email.as_deref().map(Email::parse).transpose().map_err(|error| invalid(&error))?;
    let search = request.q.as_deref().map(search).transpose()?;
    Ok(UserFilter { status, role, email, search })
}

fn search(text: &str) -> Result<String, Problem> {
    let folded = fold_for_search(text);
    if folded.is_empty() || text.chars().count() > MAX_SEARCH {
        let detail = format!("q is 1 to {MAX_SEARCH} characters that are not blank.");
        return Err(Problem::new(Kind::INVALID_PARAMETER, detail));
    }
    Ok(folded)
}

fn sort(request: &Request) -> Result<Sort, Problem> {
    let sort = request.sort.as_deref().map(str::parse).transpose().map_err(|error| invalid(&error))?;
    Ok(sort.unwrap_or_default())
}

/// The question but for the size of its pages.
fn asked(filter: &UserFilter, request: &Request) -> String {
    let email = filter.email.as_ref().map(Email::canonical);
    json!([filter.status, filter.role, email, filter.search, request.sort]).to_string()
}

fn invalid(error: &dyn std::error::Error) -> Problem {
    Problem::new(Kind::INVALID_PARAMETER, format!("{error}."))
}
