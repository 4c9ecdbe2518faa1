//! What clients are told of each operation.

use axum::http::Method;
use serde_json::{Value, json};

use super::{
    limits,
    parked::{ParkedItem, RetriedItem},
    replay_item::ReplayItem,
    replays::{Change, MOST_ITEMS_PER_SECOND, Request},
};
use crate::{
    http::Kind,
    openapi::{Answer, Header, Operation, Parameter, Tag, parameter},
    projector::EVERY_READ_MODEL,
    read_models,
    replays::Estimate,
};

/// All of them.
pub(crate) fn operations() -> Vec<Operation> {
    [replays(), steps_of_a_replay(), parked(), limits()].concat()
}

fn replays() -> Vec<Operation> {
    let started = Answer::new(202, "The replay was started.").of::<ReplayItem>(replay("building"));
    let started = ["getReplay", "changeReplay", "promoteReplay", "cancelReplay"]
        .into_iter()
        .fold(started, |started, operation| started.leads_to(operation, "id", "$response.body#/id"));
    let estimate = json!({
        "projection": "user_directory", "generation": 2, "items": 120_000, "bytes": 96_000_000, "rows": 20_000,
        "readUnits": 86_000, "writeUnits": 20_000, "dollars": 0.02,
    });
    let limit = format!("Only `rateLimit` can be changed: 1 to {MOST_ITEMS_PER_SECOND}, or null for none.");
    vec![
        Operation::new(Method::GET, "/v1/replays", "listReplays", Tag::Replays)
            .says("List replays", "All there were, the newest first, without their segments.")
            .answers(
                Answer::new(200, "The replays.")
                    .list_of::<ReplayItem>(json!({ "items": [] }))
                    .leads_to("getReplay", "id", "$response.body#/items/0/id"),
            )
            .refuses(&[Kind::INVALID_PARAMETER]),
        Operation::new(Method::POST, "/v1/replays", "startReplay", Tag::Replays)
            .takes([parameter::dry_run()])
            .says(
                "Rebuild a read model",
                "Builds the next generation of a read model beside the live one, from the events, and verifies it. \
                 A dry run estimates what that would come to. Of each read model one is rebuilt at a time.",
            )
            .body::<Request>(json!({ "projection": "user_directory", "segments": 4, "verifyPercent": 10 }))
            .answers(started.with(&[Header::Location]))
            .answers(Answer::new(200, "What it would come to.").of::<Estimate>(estimate))
            .refuses(&[Kind::INVALID_VALUE, Kind::REPLAY_BUSY, Kind::CONTENTION]),
        of_a_replay(Method::GET, "/v1/replays/{id}", "getReplay")
            .says("Get a replay", "How far it is, as a whole and segment by segment.")
            .answers(Answer::new(200, "The replay.").of::<ReplayItem>(replay("verified"))),
        of_a_replay(Method::PATCH, "/v1/replays/{id}", "changeReplay")
            .says("Change a replay's rate", limit)
            .body_if_any::<Change>(json!({ "rateLimit": 500 }))
            .or_merge_patch()
            .answers(Answer::new(200, "The replay.").of::<ReplayItem>(replay("building")))
            .refuses(&[Kind::INVALID_VALUE, Kind::REPLAY_STATE, Kind::CONTENTION]),
    ]
}

fn steps_of_a_replay() -> Vec<Operation> {
    let step = |path, id, summary, text, state: &str| {
        of_a_replay(Method::POST, path, id)
            .says(summary, text)
            .answers(Answer::new(202, "It is being done.").of::<ReplayItem>(replay(state)))
            .refuses(&[Kind::REPLAY_STATE, Kind::REPLAY_BUSY, Kind::CONTENTION])
    };
    vec![
        step(
            "/v1/replays/{id}/cancel",
            "cancelReplay",
            "Cancel a replay",
            "Gives up what was built, and deletes its rows.",
            "cancelling",
        ),
        step(
            "/v1/replays/{id}/promote",
            "promoteReplay",
            "Promote a replay",
            "Queries are answered from the new generation a few seconds later. Only what was verified can be.",
            "promoting",
        ),
        step(
            "/v1/replays/{id}/rollback",
            "rollBackReplay",
            "Roll a replay back",
            "Queries are answered from the old generation again.",
            "rolling_back",
        ),
        step(
            "/v1/replays/{id}/finish",
            "finishReplay",
            "Finish a replay",
            "Deletes the old generation. There is no way back from here.",
            "finishing",
        ),
    ]
}

fn parked() -> Vec<Operation> {
    let note = json!({
        "projection": "user_directory", "generation": 1, "live": true, "stream": "acme#user#u-1",
        "tenant": "acme", "aggregate": "user", "id": "u-1", "commit": 7, "code": "unknown-event",
        "reason": "the event user.renamed v9 is unknown", "firstAt": "2026-11-21T12:00:00Z",
        "lastAt": "2026-11-21T12:05:00Z", "times": 3,
    });
    let tried = json!({
        "stream": "acme#user#u-1", "tenant": "acme", "aggregate": "user", "id": "u-1",
        "generations": [{ "projection": "user_directory", "generation": 1, "live": true, "outcome": "applied", "commit": 9 }],
    });
    let one = "/v1/parked/{projection}/{tenant}/{aggregate}/{id}";
    let names: Vec<&str> = read_models::names().into_iter().chain([EVERY_READ_MODEL]).collect();
    let names = json!({ "type": "string", "enum": names });
    let of_one = |method, path, id| {
        Operation::new(method, path, id, Tag::Parked)
            .takes([Parameter::segment(
                "projection",
                names.clone(),
                "The read model; `*` stands for every one.",
            )])
            .refuses(&[Kind::INVALID_PARAMETER])
    };
    vec![
        Operation::new(Method::GET, "/v1/parked", "listParked", Tag::Parked)
            .takes([Parameter::query("projection", names.clone(), "Of this read model.")])
            .takes([parameter::limit(), parameter::cursor()])
            .says(
                "List what is parked",
                "Streams of all tenants that a read model cannot apply, with the commit and the reason. Nothing of \
                 what is in them is shown.",
            )
            .answers(Answer::new(200, "A page of notes.").page_of::<ParkedItem>(json!({ "items": [note], "next": null }))),
        of_one(Method::POST, "/v1/parked/{projection}/retry", "retryAllParked")
            .takes([parameter::limit(), parameter::cursor()])
            .says("Retry a page of what is parked", "Folds each stream once more; `next` leads to the rest.")
            .answers(
                Answer::new(200, "What came of it.").page_of::<RetriedItem>(json!({ "items": [tried], "next": null })),
            )
            .refuses(&[Kind::NOT_PARKED]),
        of_one(Method::GET, one, "getParked")
            .says("Get the notes on one stream", "One for each generation that it is parked in.")
            .answers(Answer::new(200, "The notes.").page_of::<ParkedItem>(json!({ "items": [note], "next": null })))
            .refuses(&[Kind::NOT_PARKED]),
        of_one(Method::POST, "/v1/parked/{projection}/{tenant}/{aggregate}/{id}/retry", "retryParked")
            .says(
                "Retry one stream",
                "Folds it once more in every generation that is kept, whether it is parked or not; a row that \
                 cannot be read is made anew.",
            )
            .answers(Answer::new(200, "What came of it.").of::<RetriedItem>(tried))
            .refuses(&[Kind::NOT_PARKED]),
    ]
}

fn limits() -> Vec<Operation> {
    let limit =
        |requests: u32, default: bool| json!({ "requests": requests, "seconds": 60, "default": default });
    let shown = json!({
        "tenant": "acme", "commands": limit(6_000, false), "queries": limit(6_000, true),
        "shutOffs": limit(1_200, true), "version": 1,
    });
    let answer =
        Answer::new(200, "What holds now.").of::<limits::Shown<'static>>(shown).with(&[Header::ETag]);
    let of_a_tenant = |method, id| {
        Operation::new(method, "/v1/limits/{tenant}", id, Tag::Limits)
            .answers(answer.clone())
            .refuses(&[Kind::NOT_FOUND, Kind::INVALID_PARAMETER])
    };
    vec![
        of_a_tenant(Method::GET, "getLimits").says(
            "Get a tenant's limits",
            "What each client of the tenant may ask for, and whether that is as everywhere.",
        ),
        of_a_tenant(Method::PUT, "setLimits")
            .takes([parameter::must_match()])
            .says(
                "Set a tenant's limits",
                "All three at once: one that is `null` is as it is for every tenant, and none is left out. All \
                 instances go by it within a minute.",
            )
            .body::<limits::Request>(json!({
                "commands": { "requests": 6_000, "seconds": 60 }, "queries": null, "shutOffs": null,
            }))
            .refuses(&[
                Kind::VERSION_MISMATCH,
                Kind::PRECONDITION_REQUIRED,
                Kind::INVALID_VALUE,
                Kind::CONTENTION,
            ]),
        of_a_tenant(Method::DELETE, "resetLimits")
            .takes([parameter::if_match()])
            .says("Reset a tenant's limits", "As it is for every tenant, from now on.")
            .refuses(&[Kind::VERSION_MISMATCH, Kind::CONTENTION]),
    ]
}

fn of_a_replay(method: Method, path: &'static str, id: &'static str) -> Operation {
    Operation::new(method, path, id, Tag::Replays).refuses(&[Kind::NO_SUCH_REPLAY, Kind::INVALID_PARAMETER])
}

fn replay(state: &str) -> Value {
    let figures = json!({
        "items": 30_000, "expectedItems": 120_000, "streams": 5_000, "commits": 20_000, "rows": 5_000, "ahead": 2,
        "parked": 0, "compared": 0, "mismatches": 0, "rate": 1_000, "secondsLeft": 90,
    });
    json!({
        "id": "user_directory-2", "projection": "user_directory", "generation": 2, "replaces": 1, "state": state,
        "segments": 4, "rateLimit": null, "verifyPercent": 10, "promote": false, "startedBy": "operator-1",
        "startedAt": "2026-11-21T12:00:00Z", "since": "2026-11-21T12:00:00Z", "announcedAt": null,
        "expectedItems": 120_000, "mismatches": 0, "mismatched": [], "progress": figures, "segmentsOf": [],
    })
}
