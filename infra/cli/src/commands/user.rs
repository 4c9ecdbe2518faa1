use serde_json::{Value, json};

use crate::{
    Failure,
    api::Api,
    arguments::{Backend, User},
    show::{self, cell},
};

pub(crate) fn run(command: User) -> Result<(), Failure> {
    match command {
        User::Create { user_name, display_name, email, roles, key, backend } => {
            let body =
                json!({ "userName": user_name, "displayName": display_name, "email": email, "roles": roles });
            let key = key.map_or_else(fresh_key, Ok)?;
            state(&backend, &Api::of(&backend)?.post("/v1/users", Some(&key), &body)?)
        }
        User::List { status, role, limit, cursor, backend } => {
            let limit = limit.map(|limit| limit.to_string());
            let query = [("status", status), ("role", role), ("limit", limit), ("cursor", cursor)];
            list(&backend, &Api::of(&backend)?.get("/v1/users", &query)?)
        }
        User::Show { id, backend } => show_one(&id, &backend),
        User::Deactivate { id, reason, backend } => {
            let path = format!("/v1/users/{id}/deactivate");
            state(&backend, &Api::of(&backend)?.post(&path, None, &json!({ "reason": reason }))?)
        }
        User::Reactivate { id, backend } => {
            let path = format!("/v1/users/{id}/reactivate");
            state(&backend, &Api::of(&backend)?.post(&path, None, &json!({}))?)
        }
    }
}

fn fresh_key() -> Result<String, Failure> {
    // 32 random bytes as the issuer's seed is drawn; any unique text would do.
    Ok(infra_local::secrets::draw()?.to_base64())
}

fn state(backend: &Backend, answer: &Value) -> Result<(), Failure> {
    if backend.json {
        return show::json(answer);
    }
    show::table(
        &["ID", "STATUS", "VERSION"],
        &[["id", "status", "version"].map(|name| cell(&answer[name])).into()],
    )
}

fn list(backend: &Backend, answer: &Value) -> Result<(), Failure> {
    if backend.json {
        return show::json(answer);
    }
    let columns = ["id", "status", "userName", "displayName", "email", "roles"];
    let items = answer["items"].as_array().cloned().unwrap_or_default();
    let rows: Vec<Vec<String>> =
        items.iter().map(|item| columns.map(|name| cell(&item[name])).into()).collect();
    show::table(&["ID", "STATUS", "USER NAME", "DISPLAY NAME", "E-MAIL", "ROLES"], &rows)?;
    if let Some(next) = answer["next"].as_str() {
        show::line(&format!("\nMore: --cursor {next}"))?;
    }
    Ok(())
}

fn show_one(id: &str, backend: &Backend) -> Result<(), Failure> {
    let api = Api::of(backend)?;
    let user = api.get(&format!("/v1/users/{id}"), &[])?;
    let provisioning = api.get(&format!("/v1/users/{id}/provisioning"), &[])?;
    if backend.json {
        return show::json(&json!({ "user": user, "provisioning": provisioning }));
    }
    let facts =
        ["id", "status", "process", "userName", "displayName", "email", "roles", "version", "createdAt"];
    let rows: Vec<Vec<String>> = facts.iter().map(|name| vec![(*name).into(), cell(&user[*name])]).collect();
    show::table(&["USER", ""], &rows)?;
    show::line("")?;
    let columns = ["step", "state", "attempts", "updatedAt", "error"];
    let steps = provisioning["steps"].as_array().cloned().unwrap_or_default();
    let rows: Vec<Vec<String>> =
        steps.iter().map(|step| columns.map(|name| cell(&step[name])).into()).collect();
    show::table(&["STEP", "STATE", "ATTEMPTS", "UPDATED", "ERROR"], &rows)
}
