//! Operations on roles and settings.

use axum::http::Method;
use projections::tenant_settings::SettingsItem;
use serde_json::{Value, json};

use super::{Nothing, VERSIONED, command, dry_run_of, replacement};
use crate::{
    command_api::{change_settings, create_role, role_command::RoleState},
    http::Kind,
    openapi::{Answer, Operation, Tag},
};

pub(super) fn operations() -> Vec<Operation> {
    vec![create_role(), retire_role(), change_settings()]
}

fn create_role() -> Operation {
    let created = Answer::new(201, "The role was created.").of::<RoleState>(role(1, false)).with(VERSIONED);
    let tried = Answer::new(200, "What it would record. Nothing was recorded.");
    command(Method::POST, "/v1/roles", "createRole", Tag::Roles)
        .says(
            "Create a role",
            "A role that users can have. What it grants makes its holders more than users: nobody creates a role \
             beyond what they could give.",
        )
        .body::<create_role::Request>(json!({ "name": "support", "grants": ["helpdesk"] }))
        .answers(created.leads_to("retireRole", "role", "$response.body#/name"))
        .answers(tried.of::<RoleState>(dry_run_of(role(0, false))).or_dry_run().with(VERSIONED))
        .refuses(&[Kind::ROLE_NOT_YOURS, Kind::ROLE_EXISTS, Kind::INVALID_VALUE])
}

fn retire_role() -> Operation {
    let retired = Answer::new(200, "The role is retired, or a dry run.").of::<RoleState>(role(2, true));
    command(Method::POST, "/v1/roles/{role}/retire", "retireRole", Tag::Roles)
        .says(
            "Retire a role",
            "Nobody gets it any more, and whoever has it loses it within some minutes; but for the tenant's last \
             owner, who keeps it. A retired role stays retired.",
        )
        .body_if_any::<Nothing>(json!({}))
        .answers(retired.or_dry_run().with(VERSIONED))
        .refuses(&[Kind::ROLE_NOT_YOURS, Kind::NO_SUCH_ROLE])
}

fn change_settings() -> Operation {
    let settings = json!({
        "version": 2, "confirmationLifetimeHours": 48,
        "templates": { "confirmation": template(), "email_change": template() },
    });
    let changed =
        Answer::new(200, "The settings after the change, or a dry run.").of::<SettingsItem>(settings);
    replacement(Method::PUT, "/v1/settings", "changeSettings", Tag::Settings)
        .says("Replace the settings", "What is left out is as it is for a tenant that has chosen nothing.")
        .body_if_any::<change_settings::Request>(json!({
            "confirmationLifetimeHours": 48, "templates": { "confirmation": template() },
        }))
        .answers(changed.or_dry_run().with(VERSIONED))
        .refuses(&[Kind::INVALID_VALUE])
}

fn role(version: u64, retired: bool) -> Value {
    json!({ "name": "support", "version": version, "grants": ["helpdesk"], "privileged": false, "retired": retired })
}

fn template() -> Value {
    json!({ "subject": "Welcome to Acme", "text": "Hello {display_name},\n\n{link}\n" })
}
