use axum::{
    Json,
    extract::{Path, State},
    http::header,
    response::{IntoResponse as _, Response},
};
use domain::TenantId;
use infra_aws::{
    limits::{Limit, Policy},
    views::ViewError,
};
use serde::{Deserialize, Serialize};

use super::Desk;
use crate::{
    http::{Body, IfMatch, Kind, MustMatch, NoParameters, Nothing, ParseAll, Problem, told},
    limits::{Chosen, InForce},
};

/// `PUT /v1/limits/{tenant}`: all three at once. `null` is as it is for every tenant; leaving one out is a mistake.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = SetLimits)]
pub(super) struct Request {
    #[serde(default, deserialize_with = "told")]
    #[schema(required = true, value_type = Option<Asked>)]
    commands: Option<Option<Asked>>,
    #[serde(default, deserialize_with = "told")]
    #[schema(required = true, value_type = Option<Asked>)]
    queries: Option<Option<Asked>>,
    #[serde(default, deserialize_with = "told")]
    #[schema(required = true, value_type = Option<Asked>)]
    shut_offs: Option<Option<Asked>>,
}

/// So many requests in so many seconds.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SetLimit)]
struct Asked {
    // Numbers of any size, so that one that is too large is told from one that is none.
    #[schema(minimum = 10, maximum = 1_000_000)]
    requests: i64,
    #[schema(minimum = 10, maximum = 3_600)]
    seconds: i64,
}

/// What holds for each client of a tenant.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TenantLimits)]
pub(super) struct Shown<'a> {
    tenant: &'a str,
    /// What changes something.
    commands: ShownLimit,
    /// What only asks.
    queries: ShownLimit,
    /// Deactivating and deleting users, which the commands leave alone.
    shut_offs: ShownLimit,
    /// How often something was set for the tenant.
    version: u64,
}

/// So many requests in so many seconds.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = TenantLimit)]
struct ShownLimit {
    requests: u32,
    seconds: u32,
    /// Whether it is what holds for every tenant.
    default: bool,
}

/// `GET /v1/limits/{tenant}`
pub(super) async fn show(
    State(desk): State<Desk>,
    Path(tenant): Path<String>,
    _: NoParameters,
) -> Result<Response, Problem> {
    let tenant = parse_tenant(&tenant)?;
    let in_force = desk.limits.read(&tenant).await?;
    Ok(shown(&tenant, &in_force))
}

pub(super) async fn set(
    State(desk): State<Desk>,
    Path(tenant): Path<String>,
    _: NoParameters,
    MustMatch(seen): MustMatch,
    Body(request): Body<Request>,
) -> Result<Response, Problem> {
    let tenant = parse_tenant(&tenant)?;
    replace(&desk, &tenant, seen.commit(), parse(&request)?).await
}

/// `DELETE /v1/limits/{tenant}`: as it is for every tenant, from now on.
pub(super) async fn reset(
    State(desk): State<Desk>,
    Path(tenant): Path<String>,
    _: NoParameters,
    seen: IfMatch,
    Body(Nothing {}): Body<Nothing>,
) -> Result<Response, Problem> {
    let tenant = parse_tenant(&tenant)?;
    replace(&desk, &tenant, seen.commit(), Chosen::default()).await
}

async fn replace(
    desk: &Desk,
    tenant: &TenantId,
    seen: Option<u64>,
    chosen: Chosen,
) -> Result<Response, Problem> {
    let present = desk.limits.read(tenant).await?;
    if seen.is_some_and(|seen| seen != present.version) {
        let now = present.version;
        let detail = format!("It is at version {now} now. {}", Kind::VERSION_MISMATCH.advice);
        return Err(Problem::new(Kind::VERSION_MISMATCH, detail));
    }
    match desk.limits.set(tenant, &present, chosen).await {
        Ok(in_force) => Ok(shown(tenant, &in_force)),
        // Another operator was at it in the same moment.
        Err(ViewError::Changed) => {
            Err(Problem::new(Kind::CONTENTION, "Somebody else has just set these limits."))
        }
        Err(error) => Err(error.into()),
    }
}

fn shown(tenant: &TenantId, in_force: &InForce) -> Response {
    let of = |policy, chosen: Option<Limit>| {
        let Limit { requests, seconds } = in_force.limits.of(policy);
        ShownLimit { requests, seconds, default: chosen.is_none() }
    };
    let chosen = &in_force.chosen;
    let shown = Shown {
        tenant: tenant.as_str(),
        commands: of(Policy::Commands, chosen.commands),
        queries: of(Policy::Queries, chosen.queries),
        shut_offs: of(Policy::ShutOffs, chosen.shut_offs),
        version: in_force.version,
    };
    ([(header::ETAG, format!("\"{}\"", in_force.version))], Json(shown)).into_response()
}

fn parse_tenant(tenant: &str) -> Result<TenantId, Problem> {
    TenantId::parse(tenant).map_err(|_| Problem::new(Kind::NOT_FOUND, "There is no tenant of such a name."))
}

const LEFT_OUT: &str =
    "send its requests and seconds, or null for what every tenant has; DELETE resets all three";

fn parse(request: &Request) -> Result<Chosen, Problem> {
    let mut all = ParseAll::default();
    let chosen = Chosen {
        commands: limit(&mut all, "/commands", request.commands.as_ref()),
        queries: limit(&mut all, "/queries", request.queries.as_ref()),
        shut_offs: limit(&mut all, "/shutOffs", request.shut_offs.as_ref()),
    };
    all.finish()?;
    Ok(chosen)
}

fn limit(all: &mut ParseAll, pointer: &str, told: Option<&Option<Asked>>) -> Option<Limit> {
    let Some(asked) = told else {
        all.refuse(pointer, "missing-field", LEFT_OUT);
        return None;
    };
    let asked = asked.as_ref()?;
    let mut within = |name: &str, value: i64, range: std::ops::RangeInclusive<u32>| {
        let found = u32::try_from(value).ok().filter(|value| range.contains(value));
        if found.is_none() {
            let detail = format!("{name} is a number from {} to {}", range.start(), range.end());
            all.refuse(format!("{pointer}/{name}"), "out-of-range", detail);
        }
        found
    };
    let requests = within("requests", asked.requests, Limit::REQUESTS);
    let seconds = within("seconds", asked.seconds, Limit::SECONDS);
    Some(Limit { requests: requests?, seconds: seconds? })
}
