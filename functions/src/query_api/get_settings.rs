use axum::{extract::State, response::Response};
use projections::{TenantSettings, tenant_settings::SettingsItem};

use super::{Sources, answer::versioned, fresh::AtLeast};
use crate::{
    commands::TENANT,
    http::{Authenticated, IfNoneMatch, Problem},
};

/// `GET /v1/settings`
pub(super) async fn handle(
    State(sources): State<Sources>,
    caller: Authenticated,
    at_least: AtLeast,
    known: IfNoneMatch,
) -> Result<Response, Problem> {
    let row = sources.fresh::<TenantSettings>(&caller.0.tenant, TENANT, at_least.and(&known)).await?;
    let item = SettingsItem::of(row.version, &row.view.settings);
    Ok(versioned(&item, item.version, &known))
}
