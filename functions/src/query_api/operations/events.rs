use axum::http::Method;
use serde_json::json;

use crate::{
    feed::{EVENT_TYPES, KEPT},
    http::{Kind, LONGEST_WAIT},
    openapi::{Answer, Operation, Parameter, Tag, parameter},
    query_api::list_events::Events,
};

pub(super) fn operations() -> Vec<Operation> {
    vec![list()]
}

fn list() -> Operation {
    let one = format!("({})", EVENT_TYPES.join("|").replace('.', "\\."));
    let types = json!({ "type": "string", "pattern": format!("^{one}(,{one})*$") });
    let wait = json!({ "type": "integer", "minimum": 0, "maximum": LONGEST_WAIT.as_secs() });
    let wait_for =
        "If there is nothing yet, answer as soon as there is, after so many seconds at the latest.";
    let event = json!({
        "specversion": "1.0", "id": "5c1b7d3e-8a3f-5c94-9a54-6f1f6c1b2a77/1", "source": "/rollcall/acme/user",
        "type": "user.deactivated", "subject": "0191f3a6-4f57-5c3e-8b1d-2f6a9e4c7d10",
        "time": "2026-11-21T12:00:00.000Z", "datacontenttype": "application/json", "dataversion": "1.0",
        "tenant": "acme", "aggregate": "user", "commit": 7, "place": 1, "events": 1, "firstsequence": 12,
        "commitid": "5c1b7d3e-8a3f-5c94-9a54-6f1f6c1b2a77", "commandid": "5f0c1c0e-leaver-alice",
        "fingerprint": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "actor": "user:admin-1",
        "correlationid": "c-1", "data": { "reason": "left_organisation", "epoch": 2 },
    });
    Operation::new(Method::GET, "/v1/events", "listEvents", Tag::Events)
        .takes([
            Parameter::query("after", json!({ "type": "string" }), "`next` of the page before. Begin without one, or with an empty one."),
            Parameter::query("type", types, "Events of these types alone, with commas between them.")
                .example("user.created,user.deleted"),
            parameter::limit(),
            Parameter::query("wait", wait, wait_for),
        ])
        .says(
            "Follow the events",
            format!(
                "What happened to the tenant, oldest first, as CloudEvents; without `after`, of the last {} days. Each \
                 event comes at least once, and those of one user in order: match on `id` to leave out what came \
                 twice. A page holds the events of at most `limit` commits. `next` is always there, for what comes; \
                 `more` says that there may be something already.",
                KEPT.num_days()
            ),
        )
        .answers(
            Answer::new(200, "A part of the feed.")
                .of::<Events>(json!({ "items": [event], "next": "1.cG9zaXRpb24.bWFj", "more": false }))
                .leads_to("listEvents", "after", "$response.body#/next"),
        )
        .refuses(&[Kind::CURSOR_EXPIRED])
}
