use axum::{
    Json,
    extract::State,
    response::{IntoResponse as _, Response},
};
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
    if row.version == 0 {
        return Err(unknown());
    }
    let item = ProvisioningItem::of(&id, row);
    Ok((version_headers(item.version), Json(item)).into_response())
}
