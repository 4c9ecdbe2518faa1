use serde_json::{Map, Value, json};
use ureq::http::Method;

use super::{give::give, user::fresh_key};
use crate::{
    Failure,
    api::{Api, Request},
    arguments::{Backend, OnWebhook, Webhook},
    show::{self, Columns},
};

const STATE: &Columns = &[
    ("WEBHOOK", "id"),
    ("URL", "url"),
    ("TYPES", "types"),
    ("ENABLED", "enabled"),
    ("REASON", "disabledReason"),
    ("VERSION", "version"),
];
const TRIES: &Columns = &[
    ("AT", "at"),
    ("EVENT", "eventType"),
    ("TRY", "number"),
    ("ARRIVED", "arrived"),
    ("STATUS", "status"),
    ("ERROR", "error"),
    ("AGAIN", "againAt"),
    ("DELIVERY", "delivery"),
];

pub(crate) fn run(command: Webhook) -> Result<(), Failure> {
    match command {
        Webhook::Add { url, types, giving } => {
            let body = json!({ "url": url, "types": types });
            let request = Request::new(Method::POST, &["webhooks"]);
            give(&giving, &url, request.header("idempotency-key", fresh_key()?).body(body), state)
        }
        Webhook::List { cursor, backend } => list(&["webhooks"], cursor, &backend, STATE),
        Webhook::Show { id, backend } => {
            let shown = Api::of(&backend)?.get(&["webhooks", &id], &[])?;
            if backend.json { show::json(&shown) } else { state(&shown) }
        }
        Webhook::Change { id, url, types, all_types, giving } => {
            let types = if all_types { Some(Vec::new()) } else { types };
            let said = [("url", url.map(Value::from)), ("types", types.map(Value::from))];
            let body: Map<String, Value> =
                said.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
            let request = Request::new(Method::PATCH, &["webhooks", &id]).body(body.into());
            give(&giving, &id, request.if_version(None), state)
        }
        Webhook::Enable(on) => plain(&on, "enable"),
        Webhook::Disable(on) => plain(&on, "disable"),
        Webhook::Rotate(on) => plain(&on, "rotate-secret"),
        Webhook::Remove(OnWebhook { id, giving }) => {
            give(&giving, &id, Request::new(Method::DELETE, &["webhooks", &id]), state)
        }
        Webhook::Test { id, backend } => send(&["webhooks", &id, "test"], &backend),
        Webhook::Deliveries { id, cursor, backend } => {
            list(&["webhooks", &id, "deliveries"], cursor, &backend, TRIES)
        }
        Webhook::Redeliver { id, delivery, backend } => {
            send(&["webhooks", &id, "deliveries", &delivery, "redeliver"], &backend)
        }
    }
}

fn plain(on: &OnWebhook, what: &str) -> Result<(), Failure> {
    let request = Request::new(Method::POST, &["webhooks", &on.id, what]).body(json!({}));
    give(&on.giving, &on.id, request, state)
}

/// The secret is told where it is made.
fn state(answer: &Value) -> Result<(), Failure> {
    show::fields(STATE, std::slice::from_ref(answer))?;
    match answer["secret"].as_str() {
        Some(secret) => show::line(&format!("\nThe secret, which is not shown again: {secret}")),
        None => Ok(()),
    }
}

fn list(path: &[&str], cursor: Option<String>, backend: &Backend, columns: &Columns) -> Result<(), Failure> {
    let query = [("limit", Some("200".into())), ("cursor", cursor)];
    let page = Api::of(backend)?.get(path, &query)?;
    if backend.json { show::json(&page) } else { show::page(columns, &page) }
}

fn send(path: &[&str], backend: &Backend) -> Result<(), Failure> {
    let answer = Api::of(backend)?.send(Request::new(Method::POST, path).body(json!({})))?;
    let sent = answer.body.unwrap_or_default();
    if backend.json {
        return show::json(&sent);
    }
    show::line(&format!("It will be sent: {}", show::cell(&sent["delivery"])))
}
