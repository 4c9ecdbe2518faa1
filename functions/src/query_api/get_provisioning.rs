use axum::{Extension, extract::State, response::Response};
use domain::{Action, user::Status};
use projections::{
    ProvisioningStatus, Row,
    provisioning_status::{ProvisioningItem, ProvisioningView},
};
use serde::Deserialize;

use super::{
    Sources,
    answer::{of_the_past, versioned},
    as_of::Moment,
    fresh::AtLeast,
    get_user::unknown,
    long_poll::wanted,
};
use crate::{
    callers::Callers,
    http::{Authenticated, IfNoneMatch, Kind, Parameters, Patience, Pauses, Problem, UserPath, admit},
};

/// `GET /v1/users/{id}/provisioning`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    version: Option<String>,
    at: Option<String>,
    wait: Option<String>,
}

/// How far provisioning got, now or once; or, with `wait`, as soon as it is another version than the caller has.
/// What is waited for is the row, so that who waits sees what everybody else does, and no earlier.
pub(super) async fn handle(
    State(sources): State<Sources>,
    Extension(callers): Extension<Callers>,
    caller: Authenticated,
    (at_least, known, patience): (AtLeast, IfNoneMatch, Patience),
    UserPath(id): UserPath,
    Parameters(request): Parameters<Request>,
) -> Result<Response, Problem> {
    let (tenant, id) = (&caller.0.tenant, id.to_string());
    if let Some(moment) = Moment::parse(request.version.as_deref(), request.at.as_deref())? {
        if request.wait.is_some() {
            return Err(Problem::new(Kind::INVALID_PARAMETER, "What was does not change; wait for what is."));
        }
        let item = shown(&id, sources.as_of::<ProvisioningStatus>(tenant, &id, moment).await?)?;
        return Ok(of_the_past(versioned(&item, item.version, &known)));
    }
    let (wait, at_least) = (wanted(request.wait.as_deref(), &known)?, at_least.and(&known));
    let mut pauses = Pauses::begin(wait, patience);
    let item = loop {
        let item = shown(&id, sources.fresh::<ProvisioningStatus>(tenant, &id, at_least).await?)?;
        if !known.matches(item.version) || !pauses.pause().await {
            break item;
        }
    };
    if !wait.is_zero() {
        // Whoever was shut off meanwhile is told so, and not the news.
        admit(&callers, caller.0.clone(), Action::ReadUsers).await?;
    }
    Ok(versioned(&item, item.version, &known))
}

fn shown(id: &str, row: Row<ProvisioningView>) -> Result<ProvisioningItem, Problem> {
    let item = (row.version > 0).then(|| ProvisioningItem::of(id, row));
    item.filter(|item| item.status != Status::Deleted).ok_or_else(unknown)
}
