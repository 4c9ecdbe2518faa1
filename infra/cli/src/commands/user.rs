use serde_json::{Value, json};
use ureq::http::Method;

use super::{give::give, watch::watch};
use crate::{
    Failure,
    api::{Api, Request},
    arguments::{AsOf, Backend, Expiry, OnUser, User},
    show::{self, Columns, cell},
};

const STATE: &Columns = &[("ID", "id"), ("STATUS", "status"), ("VERSION", "version")];
const LISTED: &Columns = &[
    ("ID", "id"),
    ("STATUS", "status"),
    ("USER NAME", "userName"),
    ("DISPLAY NAME", "displayName"),
    ("E-MAIL", "email"),
    ("ROLES", "roles"),
];
const STEPS: &Columns = &[
    ("STEP", "step"),
    ("STATE", "state"),
    ("ATTEMPTS", "attempts"),
    ("UPDATED", "updatedAt"),
    ("ERROR", "error"),
];
const TOLD: &Columns =
    &[("AT", "at"), ("ACTOR", "actor"), ("WHAT", "summary"), ("STATUS", "status"), ("COMMIT", "commit")];
const FACTS: [&str; 12] = [
    "id",
    "status",
    "process",
    "userName",
    "displayName",
    "email",
    "pendingEmail",
    "emailFlag",
    "roles",
    "expiresAt",
    "version",
    "createdAt",
];
/// Shown when there is one.
const RARE: [&str; 3] = ["pendingEmail", "emailFlag", "expiresAt"];

pub(crate) fn run(command: User) -> Result<(), Failure> {
    match command {
        User::Create { user_name, display_name, email, roles, key, wait, giving } => {
            let body =
                json!({ "userName": user_name, "displayName": display_name, "email": email, "roles": roles });
            let key = key.map_or_else(fresh_key, Ok)?;
            let request = Request::new(Method::POST, &["users"]).header("idempotency-key", key).body(body);
            let request = wait
                .into_iter()
                .fold(request, |request, seconds| request.header("prefer", format!("wait={seconds}")));
            give(&giving, &user_name, request, state)
        }
        User::List { status, role, email, search, sort, limit, cursor, backend } => {
            let limit = limit.map(|limit| limit.to_string());
            let filters = [("status", status), ("role", role), ("email", email), ("q", search)];
            let paging = [("sort", sort), ("limit", limit), ("cursor", cursor)];
            list(&backend, &[&filters[..], &paging].concat())
        }
        User::Show { id, as_of, backend } => show_one(&id, as_of, &backend),
        User::Timeline { id, oldest_first, limit, cursor, backend } => {
            let order = oldest_first.then(|| "asc".into());
            let limit = limit.map(|limit| limit.to_string());
            timeline(&id, &backend, &[("order", order), ("limit", limit), ("cursor", cursor)])
        }
        User::Watch { id, backend } => watch(&id, &backend),
        User::Summary(backend) => summary(&backend),
        User::Rename { user_name, display_name, on } => {
            let names = [("userName", user_name), ("displayName", display_name)];
            let given = names.into_iter().filter_map(|(field, name)| Some((field.into(), name?.into())));
            ask(&on, Method::PATCH, &[], Some(Value::Object(given.collect())))
        }
        User::Email { on, address } => post(&on, "email", json!({ "email": address })),
        User::Grant { on, role } => ask(&on, Method::PUT, &["roles", &role], Some(json!({}))),
        User::Revoke { on, role } => ask(&on, Method::DELETE, &["roles", &role], None),
        User::Expire { on, time: Expiry(time) } => {
            ask(&on, Method::PUT, &["expiry"], Some(json!({ "expiresAt": time })))
        }
        User::Deactivate { reason, on } => post(&on, "deactivate", json!({ "reason": reason })),
        User::Reactivate(on) => post(&on, "reactivate", json!({})),
        User::Delete(on) => ask(&on, Method::DELETE, &[], None),
        User::Restore(on) => post(&on, "restore", json!({})),
        User::Resend(on) => post(&on, "resend-confirmation", json!({})),
        User::Retry(on) => post(&on, "retry-provisioning", json!({})),
        User::Cancel(on) => post(&on, "cancel-provisioning", json!({})),
    }
}

pub(super) fn fresh_key() -> Result<String, Failure> {
    // 32 random bytes as the issuer's seed is drawn; any unique text would do.
    Ok(infra_local::secrets::draw()?.to_base64())
}

fn post(on: &OnUser, what: &str, body: Value) -> Result<(), Failure> {
    ask(on, Method::POST, &[what], Some(body))
}

/// Asks for something of one user.
fn ask(on: &OnUser, method: Method, what: &[&str], body: Option<Value>) -> Result<(), Failure> {
    let request = Request::new(method, &[&["users", on.id.as_str()][..], what].concat());
    let request = body.into_iter().fold(request.if_version(on.if_version), Request::body);
    give(&on.giving, &on.id, request, state)
}

fn state(answer: &Value) -> Result<(), Failure> {
    show::fields(STATE, std::slice::from_ref(answer))
}

fn list(backend: &Backend, query: &[(&str, Option<String>)]) -> Result<(), Failure> {
    let users = Api::of(backend)?.get(&["users"], query)?;
    if backend.json { show::json(&users) } else { show::page(LISTED, &users) }
}

fn timeline(id: &str, backend: &Backend, query: &[(&str, Option<String>)]) -> Result<(), Failure> {
    let entries = Api::of(backend)?.get(&["users", id, "timeline"], query)?;
    if backend.json { show::json(&entries) } else { show::page(TOLD, &entries) }
}

fn summary(backend: &Backend) -> Result<(), Failure> {
    let summary = Api::of(backend)?.get(&["summary"], &[])?;
    if backend.json {
        return show::json(&summary);
    }
    let statuses = summary["byStatus"].as_object().into_iter().flatten();
    let counts = statuses.map(|(status, count)| vec![status.clone(), cell(count)]);
    let others = ["total", "deleted"].map(|name| vec![name.to_owned(), cell(&summary[name])]);
    show::table(&["STATUS", "USERS"], &counts.chain(others).collect::<Vec<_>>())
}

fn show_one(id: &str, as_of: AsOf, backend: &Backend) -> Result<(), Failure> {
    let api = Api::of(backend)?;
    let when = [("version", as_of.version.map(|version| version.to_string())), ("at", as_of.at)];
    let user = api.get(&["users", id], &when)?;
    let provisioning = api.get(&["users", id, "provisioning"], &when)?;
    if backend.json {
        return show::json(&json!({ "user": user, "provisioning": provisioning }));
    }
    let facts = FACTS.iter().filter(|name| !RARE.contains(name) || !user[**name].is_null());
    let rows: Vec<Vec<String>> = facts.map(|name| vec![(*name).into(), cell(&user[*name])]).collect();
    show::table(&["USER", ""], &rows)?;
    show::line("")?;
    show::fields(STEPS, show::list(&provisioning["steps"]))
}
