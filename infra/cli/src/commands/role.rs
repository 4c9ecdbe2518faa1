use serde_json::json;

use crate::{
    Failure,
    api::Api,
    arguments::{Backend, Role},
    show,
};

pub(crate) fn run(command: Role) -> Result<(), Failure> {
    match command {
        Role::Create { name, backend } => create(&name, &backend),
        Role::List { backend } => list(&backend),
    }
}

fn create(name: &str, backend: &Backend) -> Result<(), Failure> {
    let created = Api::of(backend)?.post("/v1/roles", None, &json!({ "name": name }))?;
    if backend.json {
        show::json(&created)
    } else {
        show::table(&["ROLE"], &[vec![show::cell(&created["name"])]])
    }
}

fn list(backend: &Backend) -> Result<(), Failure> {
    let roles = Api::of(backend)?.get("/v1/roles", &[("limit", Some("200".into()))])?;
    if backend.json {
        return show::json(&roles);
    }
    let items = roles["items"].as_array().cloned().unwrap_or_default();
    let rows: Vec<_> =
        items.iter().map(|r| vec![show::cell(&r["name"]), show::cell(&r["createdAt"])]).collect();
    show::table(&["ROLE", "CREATED"], &rows)
}
