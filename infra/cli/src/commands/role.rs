use serde_json::{Value, json};
use ureq::http::Method;

use super::give::give;
use crate::{
    Failure,
    api::{Api, Request},
    arguments::{Backend, Role},
    show::{self, Columns},
};

const STATE: &Columns = &[
    ("ROLE", "name"),
    ("GRANTS", "grants"),
    ("PRIVILEGED", "privileged"),
    ("RETIRED", "retired"),
    ("VERSION", "version"),
];
const LISTED: &Columns = &[
    ("ROLE", "name"),
    ("GRANTS", "grants"),
    ("PRIVILEGED", "privileged"),
    ("RETIRED", "retiredAt"),
    ("CREATED", "createdAt"),
];

pub(crate) fn run(command: Role) -> Result<(), Failure> {
    match command {
        Role::Create { name, grants, privileged, giving } => {
            let body = json!({ "name": name, "grants": grants, "privileged": privileged });
            give(&giving, &name, Request::new(Method::POST, &["roles"]).body(body), state)
        }
        Role::Retire { name, giving } => {
            let request = Request::new(Method::POST, &["roles", &name, "retire"]).body(json!({}));
            give(&giving, &name, request, state)
        }
        Role::List { cursor, backend } => list(&backend, cursor),
    }
}

fn state(answer: &Value) -> Result<(), Failure> {
    show::fields(STATE, std::slice::from_ref(answer))
}

fn list(backend: &Backend, cursor: Option<String>) -> Result<(), Failure> {
    let query = [("limit", Some("200".into())), ("cursor", cursor)];
    let roles = Api::of(backend)?.get(&["roles"], &query)?;
    if backend.json { show::json(&roles) } else { show::page(LISTED, &roles) }
}
