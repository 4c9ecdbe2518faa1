mod figures;
mod watch;

use std::{fs, path::Path};

use serde_json::{Value, json};
use ureq::http::Method;

use super::user::fresh_key;
use crate::{
    Failure,
    api::{Api, Request},
    arguments::{Backend, ImportPage, ImportUsers, Imports, OnImport},
    show::{self, Columns, cell},
};

const LISTED: &Columns = &[
    ("ID", "id"),
    ("STATE", "state"),
    ("DRY RUN", "dryRun"),
    ("ROWS", "rows"),
    ("DONE", "done"),
    ("STARTED BY", "startedBy"),
    ("STARTED", "startedAt"),
];
const FACTS: [&str; 11] = [
    "id",
    "state",
    "reason",
    "format",
    "dryRun",
    "rows",
    "done",
    "ratePerSecond",
    "startedBy",
    "startedAt",
    "endedAt",
];
const ROWS: &Columns =
    &[("ROW", "row"), ("VERDICT", "verdict"), ("USER", "userId"), ("CODE", "code"), ("DETAIL", "detail")];
/// Of the rows that did not come to a user, so many are shown at the end.
const SHOWN: usize = 20;

pub(crate) fn run(command: Imports) -> Result<(), Failure> {
    match command {
        Imports::Users(import) => users(import),
        Imports::List { page } => {
            let imports = pages(&["imports"], &page, &[])?;
            if page.backend.json { show::json(&imports) } else { show::page(LISTED, &imports) }
        }
        Imports::Show(OnImport { id, backend }) => {
            let import = Api::of(&backend)?.get(&["imports", &id], &[])?;
            told(&backend, &import)
        }
        Imports::Watch(OnImport { id, backend }) => follow(&Api::of(&backend)?, &id, &backend),
        Imports::Rows { id, verdict, page } => {
            let rows = pages(&["imports", &id, "rows"], &page, &[("verdict", verdict)])?;
            if page.backend.json { show::json(&rows) } else { show::page(ROWS, &rows) }
        }
        Imports::Cancel(OnImport { id, backend }) => {
            let request = Request::new(Method::POST, &["imports", &id, "cancel"]).body(json!({}));
            told(&backend, &Api::of(&backend)?.send(request)?.body.unwrap_or_default())
        }
    }
}

fn pages(path: &[&str], page: &ImportPage, more: &[(&str, Option<String>)]) -> Result<Value, Failure> {
    let mut query =
        vec![("limit", page.limit.map(|limit| limit.to_string())), ("cursor", page.cursor.clone())];
    query.extend(more.iter().cloned());
    Api::of(&page.backend)?.get(path, &query)
}

fn users(import: ImportUsers) -> Result<(), Failure> {
    let ImportUsers { file, csv, ndjson, dry_run, rate, key, no_wait, backend } = import;
    let content_type = content_type(&file, csv, ndjson)?;
    let bytes = fs::read(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    let key = key.map_or_else(fresh_key, Ok)?;
    let request = Request::new(Method::POST, &["imports"]).header("idempotency-key", key.clone());
    let request = if dry_run { request.query("dryRun", "true") } else { request };
    let request = match rate {
        Some(rate) => request.query("ratePerSecond", &rate.to_string()),
        None => request,
    };
    let api = Api::of(&backend)?;
    let accepted = api.send(request.file(content_type, bytes)).map_err(|failure| {
        format!("{failure}\nIf you cannot tell whether it was accepted, repeat it with --key {key}")
    })?;
    let accepted = accepted.body.unwrap_or_default();
    let id = accepted["id"].as_str().ok_or("the answer has no id")?;
    if no_wait {
        let import = api.get(&["imports", id], &[])?;
        return told(&backend, &import);
    }
    if !backend.json {
        show::line(&format!("{} has {} rows.", show::plain(id), cell(&accepted["rows"])))?;
    }
    follow(&api, id, &backend)
}

fn content_type(file: &Path, csv: bool, ndjson: bool) -> Result<&'static str, Failure> {
    let extension = file.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    match (csv, ndjson, extension) {
        (true, _, _) | (false, false, "csv") => Ok("text/csv"),
        (_, true, _) | (false, false, "ndjson" | "jsonl") => Ok("application/x-ndjson"),
        (false, false, _) => {
            Err(format!("{}: say what it holds, with --csv or --ndjson", file.display()).into())
        }
    }
}

/// Watches an import to its end, and tells what became of its rows.
fn follow(api: &Api, id: &str, backend: &Backend) -> Result<(), Failure> {
    let over = watch::to_the_end(api, id, backend.json)?;
    let failed = figures::failed(&over);
    if !backend.json {
        show::line("")?;
        show::table(&["VERDICT", "ROWS"], &figures::counts(&over))?;
        if failed > 0 {
            show::line("")?;
            show_failed(api, id)?;
        }
    }
    match over["state"].as_str() {
        Some("done") if failed == 0 => Ok(()),
        Some("done") => {
            Err(format!("{failed} of {} rows did not come to a user", cell(&over["rows"])).into())
        }
        _ => {
            let [state, done, rows, reason] = ["state", "done", "rows", "reason"].map(|it| cell(&over[it]));
            Err(format!("the import was {state} after {done} of {rows} rows ({reason})").into())
        }
    }
}

fn show_failed(api: &Api, id: &str) -> Result<(), Failure> {
    let mut rows = Vec::new();
    for verdict in figures::FAILED {
        let query = [("verdict", Some(verdict.to_owned())), ("limit", Some(SHOWN.to_string()))];
        rows.extend(show::list(&api.get(&["imports", id, "rows"], &query)?["items"]).to_vec());
    }
    rows.sort_by_key(|row| row["row"].as_u64());
    let is_more = rows.len() > SHOWN;
    rows.truncate(SHOWN);
    show::fields(ROWS, &rows)?;
    if is_more { show::line(&format!("\nMore: rollcall import rows {}", show::plain(id))) } else { Ok(()) }
}

fn told(backend: &Backend, import: &Value) -> Result<(), Failure> {
    if backend.json {
        return show::json(import);
    }
    let rows: Vec<Vec<String>> =
        FACTS.iter().map(|name| vec![(*name).into(), cell(&import[*name])]).collect();
    show::table(&["IMPORT", ""], &rows)?;
    show::line("")?;
    show::table(&["VERDICT", "ROWS"], &figures::counts(import))
}
