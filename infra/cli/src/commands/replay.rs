mod bars;
mod estimate;
mod figures;
mod watch;

pub(super) use figures::duration;

use serde_json::{Value, json};
use ureq::http::Method;

use crate::{
    Failure,
    api::{Api, Request},
    arguments::{Backend, OnReplay, Replay, Switch},
    show::{self, Columns, cell},
};

const LISTED: &Columns = &[
    ("ID", "id"),
    ("STATE", "state"),
    ("SINCE", "since"),
    ("GENERATION", "generation"),
    ("REPLACES", "replaces"),
    ("MISMATCHES", "mismatches"),
    ("STARTED BY", "startedBy"),
    ("STARTED", "startedAt"),
];
const FACTS: [&str; 12] = [
    "id",
    "state",
    "since",
    "projection",
    "generation",
    "replaces",
    "promote",
    "verifyPercent",
    "rateLimit",
    "startedBy",
    "startedAt",
    "mismatches",
];
const SEGMENTS: &Columns = &[
    ("PHASE", "phase"),
    ("SEGMENT", "segment"),
    ("STATE", "state"),
    ("ITEMS", "items"),
    ("OF ABOUT", "expectedItems"),
    ("A SECOND", "rate"),
    ("STREAMS", "streams"),
    ("ROWS", "rows"),
    ("AHEAD", "ahead"),
    ("PARKED", "parked"),
    ("COMPARED", "compared"),
    ("MISMATCHES", "mismatches"),
];
const MISMATCHED: &Columns = &[("STREAM", "stream"), ("IS WRONG", "reason")];

pub(crate) fn run(command: Replay) -> Result<(), Failure> {
    match command {
        Replay::Start { projection, segments, rate, verify, promote, dry_run, watch, backend } => {
            let body = json!({ "projection": projection, "segments": segments, "rateLimit": rate,
                               "verifyPercent": verify, "promote": promote });
            let request = Request::new(Method::POST, &["replays"]).body(body);
            if dry_run { estimate::show(&backend, request) } else { start(&backend, request, watch) }
        }
        Replay::List { backend } => list(&backend),
        Replay::Status(OnReplay { id, backend }) => {
            let replay = api(&backend)?.get(&["replays", &id], &[])?;
            told(&backend, &replay)
        }
        Replay::Watch(OnReplay { id, backend }) => watch::to_the_end(&api(&backend)?, &id, backend.json),
        Replay::Limit { on: OnReplay { id, backend }, rate } => {
            let request = Request::new(Method::PATCH, &["replays", &id]);
            told(&backend, &send(&api(&backend)?, request.body(json!({ "rateLimit": rate.0 })))?)
        }
        Replay::Promote(switch) => turn(&switch, "promote", "promoted"),
        Replay::Rollback(switch) => turn(&switch, "rollback", "rolled_back"),
        Replay::Finish(on) => ask(&on, "finish"),
        Replay::Cancel(on) => ask(&on, "cancel"),
    }
}

/// Replays are not for owners as such.
fn api(backend: &Backend) -> Result<Api, Failure> {
    Api::of_operator(backend)
}

fn send(api: &Api, request: Request) -> Result<Value, Failure> {
    Ok(api.send(request)?.body.unwrap_or_default())
}

fn post(api: &Api, id: &str, what: &str) -> Result<Value, Failure> {
    send(api, Request::new(Method::POST, &["replays", id, what]).body(json!({})))
}

fn start(backend: &Backend, request: Request, watch: bool) -> Result<(), Failure> {
    let api = api(backend)?;
    let replay = send(&api, request)?;
    if !watch {
        return told(backend, &replay);
    }
    let id = replay["id"].as_str().ok_or("the answer has no id")?;
    if !backend.json {
        show::line(&format!("{} builds generation {}.", show::plain(id), cell(&replay["generation"])))?;
    }
    watch::to_the_end(&api, id, backend.json)
}

fn list(backend: &Backend) -> Result<(), Failure> {
    let replays = api(backend)?.get(&["replays"], &[])?;
    if backend.json { show::json(&replays) } else { show::page(LISTED, &replays) }
}

fn ask(on: &OnReplay, what: &str) -> Result<(), Failure> {
    told(&on.backend, &post(&api(&on.backend)?, &on.id, what)?)
}

fn turn(switch: &Switch, what: &str, state: &str) -> Result<(), Failure> {
    let OnReplay { id, backend } = &switch.on;
    let api = api(backend)?;
    let mut replay = post(&api, id, what)?;
    if !switch.no_wait {
        replay = watch::until_it_rests(&api, id)?;
        if replay["state"] != state {
            return Err(format!("somebody else has turned {id}: it is {}", cell(&replay["state"])).into());
        }
    }
    told(backend, &replay)
}

fn told(backend: &Backend, replay: &Value) -> Result<(), Failure> {
    if backend.json {
        return show::json(replay);
    }
    let rows: Vec<Vec<String>> =
        FACTS.iter().map(|name| vec![(*name).into(), cell(&replay[*name])]).collect();
    show::table(&["REPLAY", ""], &rows)?;
    for (columns, items) in [(SEGMENTS, &replay["segmentsOf"]), (MISMATCHED, &replay["mismatched"])] {
        let items = show::list(items);
        if !items.is_empty() {
            show::line("")?;
            show::fields(columns, items)?;
        }
    }
    Ok(())
}
