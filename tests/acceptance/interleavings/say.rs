//! How a command is said over HTTP, and what is remembered of it.

use acceptance::{Say, delete, patch, post, put};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{TenantId, UserId};
use functions::commands::fingerprint;
use serde_json::{Value, json};

use super::plan::{Ask, Command};

/// Whom a plan is about.
#[derive(Clone)]
pub(super) struct Cast {
    pub(super) tenant: TenantId,
    pub(super) roles: Vec<Vec<&'static str>>,
}

impl Cast {
    pub(super) fn user(&self, number: usize) -> UserId {
        UserId::derive(&self.tenant, &create_key(number))
    }

    pub(super) fn email(number: usize) -> String {
        format!("user{number}@example.com")
    }

    pub(super) fn name(number: usize) -> String {
        format!("user{number}")
    }

    pub(super) fn say(&self, ask: Ask, now: DateTime<Utc>) -> Say {
        let Ask { user, command, key } = ask;
        let path = |rest: &str| format!("/v1/users/{}{rest}", self.user(user));
        let nothing = json!({});
        let say = match command {
            Command::Create => post("/v1/users", &self.creation(user)).key(&create_key(user)),
            Command::Rename(to) => {
                let name = Self::name(to);
                patch(path(""), &json!({ "userName": name, "displayName": format!("Zoë {to}") }))
            }
            Command::ChangeEmail(to) => post(path("/email"), &json!({ "email": Self::email(to) })),
            Command::Give(role) => put(path(&format!("/roles/{role}")), &nothing),
            Command::Take(role) => delete(path(&format!("/roles/{role}"))),
            Command::ExpireInHours(hours) => {
                put(path("/expiry"), &json!({ "expiresAt": now + TimeDelta::hours(hours) }))
            }
            Command::NeverExpire => put(path("/expiry"), &json!({ "expiresAt": Value::Null })),
            Command::Deactivate => post(path("/deactivate"), &nothing),
            Command::Reactivate => post(path("/reactivate"), &nothing),
            Command::Delete => delete(path("")),
            Command::Restore => post(path("/restore"), &nothing),
            Command::Resend => post(path("/resend-confirmation"), &nothing),
            Command::Retry => post(path("/retry-provisioning"), &nothing),
            Command::Cancel => post(path("/cancel-provisioning"), &nothing),
            Command::Retire(role) => post(format!("/v1/roles/{role}/retire"), &nothing),
            Command::LinksWorkForHours(hours) => {
                put("/v1/settings", &json!({ "confirmationLifetimeHours": hours }))
            }
        };
        let say = say.of_tenant(self.tenant.as_str());
        match (command, key) {
            (Command::Create, _) | (_, None) => say,
            (_, Some(key)) => say.key(&format!("key-{key}")),
        }
    }

    fn creation(&self, user: usize) -> Value {
        json!({ "userName": Self::name(user), "displayName": "Zoë", "email": Self::email(user),
                "roles": self.roles[user] })
    }
}

fn create_key(user: usize) -> String {
    format!("create-{user}")
}

impl Ask {
    /// Whether it is a command to a user, and not to a role or the tenant.
    pub(super) fn is_to_a_user(self) -> bool {
        !matches!(self.command, Command::Retire(_) | Command::LinksWorkForHours(_))
    }

    /// The id of the command in the stream, if the caller chose it.
    pub(super) fn command_id(self) -> Option<String> {
        let (route, key) = (self.route(), self.key.map(|key| format!("key-{key}")));
        let parts = if matches!(self.command, Command::Create) {
            vec![route.to_owned(), create_key(self.user)]
        } else {
            vec![route.to_owned(), "user:owner-1".to_owned(), key?]
        };
        let parts: Vec<&[u8]> = parts.iter().map(String::as_bytes).collect();
        Some(fingerprint(&parts)[..16].iter().map(|byte| format!("{byte:02x}")).collect())
    }

    pub(super) fn route(self) -> &'static str {
        match self.command {
            Command::Create => "create_user",
            Command::Rename(_) => "change_profile",
            Command::ChangeEmail(_) => "change_email",
            Command::Give(_) => "add_role",
            Command::Take(_) => "remove_role",
            Command::ExpireInHours(_) | Command::NeverExpire => "schedule_expiry",
            Command::Deactivate => "deactivate_user",
            Command::Reactivate => "reactivate_user",
            Command::Delete => "delete_user",
            Command::Restore => "restore_user",
            Command::Resend => "resend_confirmation",
            Command::Retry => "retry_provisioning",
            Command::Cancel => "cancel_provisioning",
            Command::Retire(_) => "retire_role",
            Command::LinksWorkForHours(_) => "change_settings",
        }
    }
}
