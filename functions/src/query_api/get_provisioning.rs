use axum::{
    Json,
    extract::{Path, State},
    response::{IntoResponse as _, Response},
};
use domain::Action;
use projections::{ProvisioningStatus, provisioning_status::ProvisioningItem};

use super::{
    Sources,
    fresh::AtLeast,
    get_user::{unknown, user_id},
};
use crate::http::{Authenticated, Problem, version_headers};

/// `GET /v1/users/{id}/provisioning`
pub(super) async fn handle(
    State(sources): State<Sources>,
    caller: Authenticated,
    at_least: AtLeast,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    caller.permit(Action::ReadUsers)?;
    let id = user_id(&id)?.to_string();
    let row = sources.fresh::<ProvisioningStatus>(&caller.0.tenant, &id, at_least).await?;
    if row.version == 0 {
        return Err(unknown());
    }
    let item = ProvisioningItem::of(&id, row);
    Ok((version_headers(item.version), Json(item)).into_response())
}
