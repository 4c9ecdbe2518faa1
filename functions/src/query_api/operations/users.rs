use axum::http::Method;
use domain::{Email, RoleName, user::Status};
use projections::{
    provisioning_status::ProvisioningItem,
    user_directory::{Sort, UserItem},
    user_timeline::TimelineEntry,
};
use serde_json::{Value, json};

use super::{NOT_MODIFIED, VERSIONED};
use crate::{
    http::{Kind, LONGEST_WAIT},
    openapi::{Answer, Header, Operation, Parameter, Tag, parameter},
    query_api::list_users::MAX_SEARCH,
};

pub(super) fn operations() -> Vec<Operation> {
    vec![list(), get(), provisioning(), timeline()]
}

const ID: &str = "0191f3a6-4f57-5c3e-8b1d-2f6a9e4c7d10";
const AT: &str = "2026-11-21T12:00:00Z";
/// A time in the past, or a version, is asked for, and there was nothing yet.
const OF_THE_PAST: &[&Kind] = &[Kind::USER_UNKNOWN, Kind::VERSION_UNKNOWN, Kind::NOT_CREATED_YET];

fn list() -> Operation {
    let page =
        Answer::new(200, "A page of users.").page_of::<UserItem>(json!({ "items": [user()], "next": null }));
    Operation::new(Method::GET, "/v1/users", "listUsers", Tag::Users)
        .takes(filters())
        .takes([parameter::limit(), parameter::cursor()])
        .says(
            "List users",
            "The tenant's users that all filters are true of, by id if no other order is asked for. The deleted \
             are listed for who asks for that status. A page may be short, even empty, while `next` leads on.",
        )
        .answers(page.with(&[Header::ReadLag]).leads_to("getUser", "id", "$response.body#/items/0/id"))
}

fn filters() -> [Parameter; 5] {
    let statuses = Status::ALL.map(Status::as_str);
    let search = json!({ "type": "string", "minLength": 1, "maxLength": MAX_SEARCH, "pattern": "\\S" });
    [
        Parameter::query("status", json!({ "type": "string", "enum": statuses }), "Users of this status."),
        Parameter::query("role", or_empty(parameter::schema::<RoleName>()), "Users with this role."),
        Parameter::query(
            "email",
            parameter::schema::<Email>(),
            "The user with this address, in any spelling, or to whom it is to belong.",
        ),
        Parameter::query(
            "q",
            search,
            "What the user name, an address or a word of the display name begins with, in any spelling.",
        )
        .example("ali"),
        Parameter::query(
            "sort",
            json!({ "type": "string", "enum": Sort::NAMES }),
            "The order; - turns it round. By id, if this is left out.",
        ),
    ]
}

/// A filter without a value is as good as none.
fn or_empty(schema: Value) -> Value {
    json!({ "anyOf": [schema, { "type": "string", "maxLength": 0 }] })
}

fn get() -> Operation {
    Operation::new(Method::GET, "/v1/users/{id}", "getUser", Tag::Users)
        .takes([parameter::version(), parameter::at()])
        .takes([parameter::consistency_token(), parameter::if_none_match()])
        .says(
            "Get a user",
            "The user as they are, or were. Who was deleted is not there; `listUsers` and `getTimeline` show them.",
        )
        .answers(Answer::new(200, "The user.").of::<UserItem>(user()).with(VERSIONED))
        .answers(Answer::new(304, NOT_MODIFIED).with(VERSIONED))
        .refuses(OF_THE_PAST)
}

fn provisioning() -> Operation {
    let wait = json!({ "type": "integer", "minimum": 0, "maximum": LONGEST_WAIT.as_secs() });
    let wait = Parameter::query(
        "wait",
        wait,
        "Answer as soon as it is another version than If-None-Match has, after so many seconds at the latest. Not \
         without If-None-Match, not with `version` or `at`.",
    );
    let item = json!({
        "userId": ID, "status": "pending_confirmation", "process": "provisioned", "attempt": 1,
        "steps": [{ "step": "link_role:engineer", "state": "succeeded", "attempts": 1, "updatedAt": AT, "error": null }],
        "version": 4, "updatedAt": AT,
    });
    Operation::new(Method::GET, "/v1/users/{id}/provisioning", "getProvisioning", Tag::Lifecycle)
        .takes([parameter::version(), parameter::at(), wait])
        .takes([parameter::consistency_token(), parameter::if_none_match()])
        .says(
            "Watch provisioning",
            "How far provisioning got, step by step, now or once; or, with `wait`, as soon as there is news.",
        )
        .answers(Answer::new(200, "The status.").of::<ProvisioningItem>(item).with(VERSIONED))
        .answers(Answer::new(304, NOT_MODIFIED).with(VERSIONED))
        .refuses(OF_THE_PAST)
}

fn timeline() -> Operation {
    let entry = json!({
        "commit": 7, "at": AT, "actor": "user:admin-1", "correlationId": "c-1", "causationId": null,
        "type": "user.deactivated", "summary": "The user was shut off: they left the organisation.",
        "details": { "reason": "left_organisation", "epoch": 2 }, "status": "inactive",
    });
    let order = json!({ "type": "string", "enum": ["asc", "desc"], "default": "desc" });
    Operation::new(Method::GET, "/v1/users/{id}/timeline", "getTimeline", Tag::Users)
        .takes([Parameter::query("order", order, "The newest first, or the oldest.")])
        .takes([parameter::limit(), parameter::cursor(), parameter::if_none_match()])
        .says(
            "Get a user's history",
            "Everything that happened to a user, the deleted ones, too: who did it, when and with which outcome. A \
             page holds `limit` commits, and each as a whole.",
        )
        .answers(
            Answer::new(200, "A page of the history.")
                .page_of::<TimelineEntry>(json!({ "items": [entry], "next": null }))
                .with(&[Header::ETag]),
        )
        .answers(Answer::new(304, NOT_MODIFIED).with(&[Header::ETag]))
        .refuses(&[Kind::USER_UNKNOWN])
}

fn user() -> Value {
    json!({
        "id": ID, "version": 4, "status": "active", "process": "confirmed", "userName": "alice",
        "displayName": "Alice Liddell", "email": "alice@example.com", "pendingEmail": null, "emailFlag": null,
        "roles": ["engineer"], "expiresAt": null, "createdAt": AT, "updatedAt": AT,
    })
}
