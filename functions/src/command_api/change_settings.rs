use std::collections::BTreeMap;

use axum::{extract::State, http::StatusCode, response::Response};
use domain::{
    MailKind, MailTemplate,
    tenant::{ConfirmationLifetime, Settings, TenantCommand},
};
use projections::tenant_settings::SettingsItem;
use serde::{Deserialize, Serialize};

use super::{
    answer::{carried_out, previewed},
    order::{Asked, order},
};
use crate::{
    commands::{Commands, Order},
    http::{Authenticated, Body, CommandId, DryRun, MustMatch, ParseAll, Problem},
};

const ROUTE: &str = "change_settings";

/// `PUT /v1/settings`. What is left out is as it is for a tenant that has chosen nothing.
#[derive(Debug, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = ChangeSettings)]
pub(super) struct Request {
    #[schema(value_type = Option<ConfirmationLifetime>)]
    confirmation_lifetime_hours: Option<u32>,
    #[serde(default)]
    #[schema(value_type = BTreeMap<MailKind, MailTemplate>)]
    templates: BTreeMap<MailKind, Template>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Template {
    subject: String,
    text: String,
}

/// Replaces the tenant's settings.
pub(super) async fn handle(
    State(commands): State<Commands>,
    caller: Authenticated,
    CommandId(key): CommandId,
    MustMatch(seen): MustMatch,
    DryRun(dry_run): DryRun,
    Body(request): Body<Request>,
) -> Result<Response, Problem> {
    let settings = parse(&request)?;
    let said = serde_json::to_vec(&request).unwrap_or_default();
    let asked = Asked { route: ROUTE, key, body: &said };
    let order =
        Order { expected_commit: seen.commit(), ..order(caller.0.tenant.clone(), caller.actor(), asked) };
    let command = TenantCommand::ChangeSettings(settings);
    if dry_run {
        let preview = commands.preview_tenant(order, command).await?;
        let then = SettingsItem::of(preview.commit, &preview.state.settings);
        return Ok(previewed(preview, then));
    }
    let executed = commands.tenant(order, command).await?;
    let state = SettingsItem::of(executed.receipt.commit, &executed.state.settings);
    Ok(carried_out(StatusCode::OK, &executed.receipt, state))
}

fn parse(request: &Request) -> Result<Settings, Problem> {
    let mut all = ParseAll::default();
    let lifetime =
        request.confirmation_lifetime_hours.map_or(Some(ConfirmationLifetime::default()), |hours| {
            all.parse("/confirmationLifetimeHours", ConfirmationLifetime::parse(hours))
        });
    let mut templates = BTreeMap::new();
    for (kind, Template { subject, text }) in &request.templates {
        let parsed = MailTemplate::parse(*kind, subject, text);
        templates.extend(
            all.parse(format!("/templates/{}", kind.as_str()), parsed).map(|template| (*kind, template)),
        );
    }
    all.finish()?;
    Ok(Settings { confirmation_lifetime: lifetime.unwrap_or_default(), templates })
}
