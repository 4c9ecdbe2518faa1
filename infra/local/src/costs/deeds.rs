//! What is counted.

use axum::http::Method;
use serde_json::{Value, json};

use super::Kind;

/// Something that a caller does, or the schedule.
pub(super) struct Deed {
    pub name: &'static str,
    pub kind: Kind,
    /// Whether the instance has never seen what it is about.
    pub cold: bool,
    pub ask: Ask,
}

pub(super) enum Ask {
    /// One request; `{id}` is the id of a user who has confirmed.
    One(Method, &'static str, fn() -> Value),
    /// A creation with two roles, and the click in the mail when it is there.
    CreateAndConfirm,
    /// A round of the watchdog.
    Watch,
    /// A query, as the limiter sees it.
    Limit,
}

const NOTHING: fn() -> Value = || Value::Null;

pub(super) const DEEDS: &[Deed] = &[
    command(
        "create-user",
        Method::POST,
        "/v1/users",
        || json!({ "userName": "carol", "displayName": "Carol Example", "email": "carol@example.com" }),
    ),
    Deed { name: "create-user-to-confirmed", kind: Kind::Command, cold: false, ask: Ask::CreateAndConfirm },
    command("change-profile", Method::PATCH, "/v1/users/{id}", || json!({ "displayName": "Bob the First" })),
    cold(
        "change-profile-cold",
        Method::PATCH,
        "/v1/users/{id}",
        || json!({ "displayName": "Bob the Second" }),
    ),
    command("give-role", Method::PUT, "/v1/users/{id}/roles/oncall", || json!({})),
    command("deactivate", Method::POST, "/v1/users/{id}/deactivate", || json!({})),
    cold("reactivate-cold", Method::POST, "/v1/users/{id}/reactivate", || json!({})),
    command("create-role", Method::POST, "/v1/roles", || json!({ "name": "gardener" })),
    query("get-user", "/v1/users/{id}"),
    query("get-provisioning", "/v1/users/{id}/provisioning"),
    query("list-users", "/v1/users?limit=20"),
    query("search-users", "/v1/users?q=bo&limit=20"),
    query("summary", "/v1/summary"),
    query("timeline", "/v1/users/{id}/timeline"),
    Deed { name: "watchdog", kind: Kind::Watch, cold: false, ask: Ask::Watch },
    Deed { name: "limit-of-a-request", kind: Kind::Limit, cold: false, ask: Ask::Limit },
];

const fn command(name: &'static str, method: Method, path: &'static str, body: fn() -> Value) -> Deed {
    Deed { name, kind: Kind::Command, cold: false, ask: Ask::One(method, path, body) }
}

const fn cold(name: &'static str, method: Method, path: &'static str, body: fn() -> Value) -> Deed {
    Deed { name, kind: Kind::Command, cold: true, ask: Ask::One(method, path, body) }
}

const fn query(name: &'static str, path: &'static str) -> Deed {
    Deed { name, kind: Kind::Query, cold: false, ask: Ask::One(Method::GET, path, NOTHING) }
}
