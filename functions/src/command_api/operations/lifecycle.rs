//! Operations that say what becomes of a user.

use axum::http::Method;
use serde_json::json;

use super::{VERSIONED, dry_run, on_user, plain, replacement, state, user};
use crate::{
    command_api::{confirm_email, deactivate_user, schedule_expiry, user_command::UserState},
    http::Kind,
    openapi::{Answer, Operation, Tag, parameter},
};

pub(super) fn operations() -> Vec<Operation> {
    vec![
        schedule_expiry(),
        deactivate(),
        reactivate(),
        delete(),
        restore(),
        resend(),
        retry(),
        cancel(),
        confirm(),
    ]
}

fn schedule_expiry() -> Operation {
    replacement(Method::PUT, "/v1/users/{id}/expiry", "scheduleExpiry", Tag::Lifecycle)
        .says(
            "Say when a user is shut off",
            "At this time the user is shut off, as by a deactivation. `null` is never; it cannot be left out.",
        )
        .body::<schedule_expiry::Request>(json!({ "expiresAt": "2027-06-30T22:00:00Z" }))
        .answers(state(200, "The user after the change, or a dry run.", user(6, "active")))
        .refuses(&[Kind::USER_UNKNOWN, Kind::SELF_CHANGE, Kind::ROLE_NOT_YOURS, Kind::INVALID_VALUE])
}

fn deactivate() -> Operation {
    on_user(Method::POST, "/v1/users/{id}/deactivate", "deactivateUser", Tag::Lifecycle)
        .says(
            "Shut a user off",
            "At once, whatever is going on: provisioning stops, a link that is out dies, and what workers report \
             later changes nothing. Of a user who is shut off already, nothing is recorded. `If-Match` is never \
             needed, so that nothing stale can stand in the way.",
        )
        .body_if_any::<deactivate_user::Request>(json!({ "reason": "left_organisation" }))
        .answers(state(200, "The user is shut off, or a dry run.", user(7, "inactive")))
        .refuses(&[Kind::SELF_CHANGE, Kind::LAST_OWNER])
}

fn reactivate() -> Operation {
    plain("/v1/users/{id}/reactivate", "reactivateUser")
        .says(
            "Let a user in again",
            "Who had confirmed is active at once; for anybody else provisioning does what is missing, with a new \
             link.",
        )
        .answers(state(200, "The user is enabled, or a dry run.", user(8, "active")))
        .refuses(&[Kind::SELF_CHANGE, Kind::ROLE_NOT_YOURS, Kind::USER_EXPIRED])
}

fn delete() -> Operation {
    on_user(Method::DELETE, "/v1/users/{id}", "deleteUser", Tag::Lifecycle)
        .says(
            "Delete a user",
            "The user is gone for everybody, loses the roles, and the address and the user name are free again. \
             For thirty days they can be restored.",
        )
        .answers(
            Answer::new(204, "The user is deleted.")
                .with(VERSIONED)
                .leads_to("restoreUser", "id", "$request.path.id"),
        )
        .answers(dry_run())
        .refuses(&[Kind::SELF_CHANGE, Kind::LAST_OWNER])
}

fn restore() -> Operation {
    plain("/v1/users/{id}/restore", "restoreUser")
        .says(
            "Restore a user",
            "Brings back who was deleted in the last thirty days, shut off and without links to roles, if nobody \
             has taken the address or the user name meanwhile.",
        )
        .answers(state(200, "The user is back, shut off; or a dry run.", user(10, "inactive")))
        .refuses(&[
            Kind::SELF_CHANGE,
            Kind::ROLE_NOT_YOURS,
            Kind::USER_NOT_DELETED,
            Kind::USER_GONE,
            Kind::EMAIL_TAKEN,
            Kind::USER_NAME_TAKEN,
        ])
}

fn resend() -> Operation {
    plain("/v1/users/{id}/resend-confirmation", "resendConfirmation")
        .says(
            "Send the confirmation again",
            "A new link, which kills the one before. Once a minute and so many times a day.",
        )
        .answers(state(202, "Accepted; the mail is on its way.", user(9, "pending_confirmation")))
        .answers(dry_run())
        .refuses(&[
            Kind::USER_INACTIVE,
            Kind::ALREADY_CONFIRMED,
            Kind::NOT_SENT_YET,
            Kind::PROVISIONING_FAILED,
            Kind::RESEND_LIMIT,
        ])
}

fn retry() -> Operation {
    plain("/v1/users/{id}/retry-provisioning", "retryProvisioning")
        .says(
            "Provision again",
            "A new attempt at the steps that are missing, after a step has failed for good.",
        )
        .answers(state(202, "Accepted; provisioning goes on.", user(9, "provisioning")))
        .answers(dry_run())
        .refuses(&[Kind::USER_INACTIVE, Kind::NOTHING_TO_RETRY, Kind::RESEND_LIMIT])
}

fn cancel() -> Operation {
    plain("/v1/users/{id}/cancel-provisioning", "cancelProvisioning")
        .says(
            "Cancel provisioning",
            "Undoes what the running attempt has done and shuts the user off. Nothing can be cancelled once the \
             address is confirmed.",
        )
        .answers(state(202, "Cancelled.", user(9, "inactive")))
        .answers(dry_run())
        .refuses(&[Kind::SELF_CHANGE, Kind::NOTHING_TO_CANCEL, Kind::LAST_OWNER])
}

fn confirm() -> Operation {
    Operation::new(Method::POST, "/v1/confirmations", "confirmEmail", Tag::Confirmations)
        .takes([parameter::idempotency_key()])
        .says(
            "Confirm an address",
            "Consumes the token of a link. The token is all the proof there is. A token that is not the one is \
             counted, and ten of them kill the link; whoever sent it is told the same as of a user who does not \
             exist. There is no dry run.",
        )
        .body::<confirm_email::Request>(json!({ "token": "1.YWNtZQ.example.of.a.token" }))
        .answers(
            Answer::new(200, "The address is confirmed.").of::<UserState>(user(9, "active")).with(VERSIONED),
        )
        .refuses(&[
            Kind::INVALID_PARAMETER,
            Kind::CONFIRMATION_UNKNOWN,
            Kind::CONFIRMATION_USED,
            Kind::CONFIRMATION_REVOKED,
            Kind::CONFIRMATION_EXPIRED,
            Kind::IDEMPOTENCY_KEY_REUSED,
            Kind::CONTENTION,
            Kind::UNAVAILABLE,
        ])
}
