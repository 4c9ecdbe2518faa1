use axum::{
    Json,
    extract::State,
    response::{IntoResponse as _, Response},
};
use projections::{TenantSettings, tenant_settings::SettingsItem};

use super::{Sources, fresh::AtLeast};
use crate::{
    commands::TENANT,
    http::{Authenticated, Problem, version_headers},
};

/// `GET /v1/settings`
pub(super) async fn handle(
    State(sources): State<Sources>,
    caller: Authenticated,
    at_least: AtLeast,
) -> Result<Response, Problem> {
    let row = sources.fresh::<TenantSettings>(&caller.0.tenant, TENANT, at_least).await?;
    let item = SettingsItem::of(row.version, &row.view.settings);
    Ok((version_headers(item.version), Json(item)).into_response())
}
