use axum::{
    Json,
    extract::State,
    response::{IntoResponse as _, Response},
};
use domain::user::Status;
use projections::{ProvisioningStatus, provisioning_status::ProvisioningItem};

use super::{Sources, fresh::AtLeast, get_user::unknown};
use crate::http::{Authenticated, Problem, UserPath, version_headers};

/// `GET /v1/users/{id}/provisioning`
pub(super) async fn handle(
    State(sources): State<Sources>,
    caller: Authenticated,
    at_least: AtLeast,
    UserPath(id): UserPath,
) -> Result<Response, Problem> {
    let id = id.to_string();
    let row = sources.fresh::<ProvisioningStatus>(&caller.0.tenant, &id, at_least).await?;
    let item = (row.version > 0).then(|| ProvisioningItem::of(&id, row));
    let item = item.filter(|item| item.status != Status::Deleted).ok_or_else(unknown)?;
    Ok((version_headers(item.version), Json(item)).into_response())
}
