use event_store::StreamId;
use serde_json::{Value, json};
use ureq::http::Method;

use crate::{
    Failure,
    api::{Api, Request},
    arguments::{Backend, OfParked, Parked},
    show::{self, Columns},
};

const LISTED: &Columns = &[
    ("PROJECTION", "projection"),
    ("GENERATION", "generation"),
    ("LIVE", "live"),
    ("STREAM", "stream"),
    ("COMMIT", "commit"),
    ("WHY", "code"),
    ("REASON", "reason"),
    ("FIRST", "firstAt"),
    ("LAST", "lastAt"),
    ("TIMES", "times"),
];
const RETRIED: &[&str] =
    &["STREAM", "PROJECTION", "GENERATION", "LIVE", "OUTCOME", "COMMIT", "WHY", "REASON"];

pub(crate) fn run(command: Parked) -> Result<(), Failure> {
    match command {
        Parked::List { projection, cursor, backend } => {
            let query = [("projection", projection), ("limit", Some("200".into())), ("cursor", cursor)];
            listed(&backend, &Api::of_operator(&backend)?.get(&["parked"], &query)?)
        }
        Parked::Show { of: OfParked { projection, stream }, backend } => {
            let parked = Api::of_operator(&backend)?.get(&path(&projection, &stream.0), &[])?;
            listed(&backend, &parked)
        }
        Parked::Retry { projection, stream: Some(stream), backend, .. } => {
            let path = [path(&projection, &stream.0).as_slice(), &["retry"]].concat();
            let request = Request::new(Method::POST, &path).body(json!({}));
            let retried = Api::of_operator(&backend)?.send(request)?.body.unwrap_or_default();
            shown(&backend, &[retried])
        }
        Parked::Retry { projection, stream: None, backend, .. } => retry_all(&projection, &backend),
    }
}

fn path<'a>(projection: &'a str, stream: &'a StreamId) -> Vec<&'a str> {
    vec!["parked", projection, stream.tenant(), stream.kind(), stream.id()]
}

fn listed(backend: &Backend, page: &Value) -> Result<(), Failure> {
    if backend.json { show::json(page) } else { show::page(LISTED, page) }
}

/// Page by page, so that no request takes long.
fn retry_all(projection: &str, backend: &Backend) -> Result<(), Failure> {
    let api = Api::of_operator(backend)?;
    let (mut all, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let request = Request::new(Method::POST, &["parked", projection, "retry"]).body(json!({}));
        let request = cursor.iter().fold(request, |request, cursor| request.query("cursor", cursor));
        let page = api.send(request)?.body.unwrap_or_default();
        all.extend_from_slice(show::list(&page["items"]));
        cursor = page["next"].as_str().map(str::to_owned);
        if cursor.is_none() {
            return shown(backend, &all);
        }
    }
}

fn shown(backend: &Backend, retried: &[Value]) -> Result<(), Failure> {
    if backend.json {
        return show::json(&json!({ "items": retried }));
    }
    let rows = retried.iter().flat_map(|item| {
        show::list(&item["generations"]).iter().map(|one| {
            let cells = ["projection", "generation", "live", "outcome", "commit", "code", "reason"];
            [&item["stream"]].into_iter().chain(cells.map(|name| &one[name])).map(show::cell).collect()
        })
    });
    show::table(RETRIED, &rows.collect::<Vec<Vec<String>>>())
}
