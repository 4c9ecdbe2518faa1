//! Operations that say who a user is.

use axum::http::Method;
use serde_json::json;

use super::{Nothing, VERSIONED, command, dry_run, on_user, replacement, state, user};
use crate::{
    command_api::{change_email, change_profile, create_user},
    http::Kind,
    openapi::{Answer, Header, Operation, Tag, parameter},
};

/// What can be done with a user's id.
const WITH_A_USER: [&str; 12] = [
    "getUser",
    "getProvisioning",
    "getTimeline",
    "changeProfile",
    "changeEmail",
    "scheduleExpiry",
    "deactivateUser",
    "reactivateUser",
    "resendConfirmation",
    "retryProvisioning",
    "cancelProvisioning",
    "deleteUser",
];

pub(super) fn operations() -> Vec<Operation> {
    vec![create(), change_profile(), change_email(), add_role(), remove_role()]
}

fn create() -> Operation {
    let accepted = state(202, "The user was accepted; provisioning goes on.", user(1, "provisioning"))
        .with(&[Header::Location, Header::Link, Header::PreferenceApplied]);
    let created = state(201, "The user was provisioned while you waited.", user(4, "pending_confirmation"))
        .with(&[Header::Location, Header::Link, Header::PreferenceApplied]);
    let [created, accepted] = [created, accepted].map(|answer| {
        WITH_A_USER
            .into_iter()
            .fold(answer, |answer, operation| answer.leads_to(operation, "id", "$response.body#/id"))
    });
    Operation::new(Method::POST, "/v1/users", "createUser", Tag::Users)
        .takes([parameter::idempotency_key().required(), parameter::prefer(), parameter::dry_run()])
        .says(
            "Create a user",
            "Accepts a user and begins provisioning: the roles are linked, then a mail with a link is sent to \
             confirm the address. `Link` says where to watch it. The user's id follows from the tenant and the \
             `Idempotency-Key`: a repeated request meets the same user and gets the first answer.",
        )
        .body::<create_user::Request>(json!({
            "userName": "alice", "displayName": "Alice Liddell", "email": "alice@example.com",
            "roles": ["engineer"],
        }))
        .answers(created)
        .answers(accepted)
        .answers(dry_run())
        .refuses(&[
            Kind::IDEMPOTENCY_KEY_REQUIRED,
            Kind::IDEMPOTENCY_KEY_REUSED,
            Kind::ROLE_NOT_YOURS,
            Kind::EMAIL_TAKEN,
            Kind::USER_NAME_TAKEN,
            Kind::USER_EXISTS,
            Kind::COMMIT_TOO_LARGE,
            Kind::INVALID_VALUE,
            Kind::ROLE_UNKNOWN,
            Kind::ROLE_RETIRED,
            Kind::CONTENTION,
        ])
}

fn change_profile() -> Operation {
    replacement(Method::PATCH, "/v1/users/{id}", "changeProfile", Tag::Users)
        .says("Change a user's names", "A merge patch (RFC 7396): what is left out stays.")
        .body_if_any::<change_profile::Request>(json!({ "displayName": "Alice Hargreaves" }))
        .or_merge_patch()
        .answers(state(200, "The user after the change, or a dry run.", user(4, "active")))
        .refuses(&[Kind::USER_UNKNOWN, Kind::USER_NAME_TAKEN, Kind::INVALID_VALUE])
}

fn change_email() -> Operation {
    on_user(Method::POST, "/v1/users/{id}/email", "changeEmail", Tag::Users)
        .says(
            "Change a user's address",
            "Sends a link to the new address. A confirmed address stays, and is told, until the new one is \
             confirmed, too; one that was not confirmed is replaced at once.",
        )
        .body::<change_email::Request>(json!({ "email": "alice@example.org" }))
        .answers(state(202, "Accepted; the mail is on its way.", user(5, "active")))
        .answers(dry_run())
        .refuses(&[Kind::ROLE_NOT_YOURS, Kind::EMAIL_TAKEN, Kind::INVALID_VALUE, Kind::RESEND_LIMIT])
}

fn add_role() -> Operation {
    role(Method::PUT, "addRole")
        .body_if_any::<Nothing>(json!({}))
        .says("Give a user a role", "The user is to have the role. One that they have already is no news.")
        .answers(Answer::new(204, "The user has the role, or will have it.").with(VERSIONED))
        .refuses(&[Kind::INVALID_VALUE, Kind::ROLE_UNKNOWN, Kind::ROLE_RETIRED, Kind::LAST_OWNER])
}

fn remove_role() -> Operation {
    role(Method::DELETE, "removeRole")
        .says("Take a role from a user", "The user is not to have the role. One that they lack is no news.")
        .answers(Answer::new(204, "The user does not have the role.").with(VERSIONED))
        .refuses(&[Kind::NO_SUCH_ROLE, Kind::LAST_OWNER])
}

fn role(method: Method, id: &'static str) -> Operation {
    command(method, "/v1/users/{id}/roles/{role}", id, Tag::Users).answers(dry_run()).refuses(&[
        Kind::SELF_CHANGE,
        Kind::ROLE_NOT_YOURS,
        Kind::USER_UNKNOWN,
        Kind::NO_SUCH_ROLE,
    ])
}
