use axum::http::Method;
use projections::{role_directory::RoleItem, tenant_settings::SettingsItem, tenant_summary::Summary};
use serde_json::json;

use super::{NOT_MODIFIED, VERSIONED};
use crate::{
    http::Kind,
    openapi::{Answer, Header, Operation, Tag, parameter},
};

pub(super) fn operations() -> Vec<Operation> {
    vec![roles(), summary(), settings()]
}

fn roles() -> Operation {
    let role = json!({
        "name": "engineer", "version": 1, "grants": [], "privileged": false,
        "createdAt": "2026-11-21T12:00:00Z", "retiredAt": null,
    });
    let page =
        Answer::new(200, "A page of roles.").page_of::<RoleItem>(json!({ "items": [role], "next": null }));
    Operation::new(Method::GET, "/v1/roles", "listRoles", Tag::Roles)
        .takes([parameter::limit(), parameter::cursor()])
        .says("List roles", "The tenant's roles by name, the retired ones, too.")
        .answers(page.with(&[Header::ReadLag]).leads_to("retireRole", "role", "$response.body#/items/0/name"))
}

fn summary() -> Operation {
    let counts = json!({
        "active": 40, "expired": 0, "inactive": 2, "pending_confirmation": 1, "provisioning": 0,
        "provisioning_failed": 0,
    });
    Operation::new(Method::GET, "/v1/summary", "getSummary", Tag::Users)
        .says("Count users", "How many users the tenant has, by status.")
        .answers(
            Answer::new(200, "The counts.")
                .of::<Summary>(json!({ "total": 43, "byStatus": counts, "deleted": 5 }))
                .with(&[Header::ReadLag]),
        )
        .refuses(&[Kind::INVALID_PARAMETER])
}

fn settings() -> Operation {
    let template = json!({ "subject": "Welcome to Acme", "text": "Hello {display_name},\n\n{link}\n" });
    let settings = json!({
        "version": 2, "confirmationLifetimeHours": 48,
        "templates": { "confirmation": template, "email_change": template },
    });
    Operation::new(Method::GET, "/v1/settings", "getSettings", Tag::Settings)
        .takes([parameter::consistency_token(), parameter::if_none_match()])
        .says("Get the settings", "What the tenant has chosen, and the built-in texts for what it has not.")
        .answers(Answer::new(200, "The settings.").of::<SettingsItem>(settings).with(VERSIONED))
        .answers(Answer::new(304, NOT_MODIFIED).with(VERSIONED))
}
