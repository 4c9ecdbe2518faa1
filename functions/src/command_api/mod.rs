//! The HTTP function that takes commands. It never reads a projection: what a command needs to know, it
//! reads from the event store.

pub(crate) mod answer;
mod change_email;
mod change_profile;
mod change_roles;
mod change_settings;
mod confirm_email;
mod create_role;
mod create_user;
mod deactivate_user;
mod operations;
pub(crate) mod order;
mod plain;
mod retire_role;
mod role_command;
mod roles_named;
mod schedule_expiry;
mod user_command;

use axum::http::StatusCode;
use domain::{Action, user::UserCommand};

pub(crate) use self::operations::{OF_COMMANDS, VERSIONED, operations};
// An import creates users as a request does.
pub(crate) use self::create_user::{Request as NewUser, parse as values_of, powers as powers_of};

use self::plain::plain;
use crate::{commands::Commands, http::Routes};

/// The routes of the function, and what their callers must be allowed to do.
pub fn routes(commands: Commands) -> Routes {
    let reactivate = plain("reactivate_user", StatusCode::OK, UserCommand::Reactivate);
    let restore = plain("restore_user", StatusCode::OK, UserCommand::Restore);
    let remove = plain("delete_user", StatusCode::NO_CONTENT, UserCommand::Delete);
    let resend = plain("resend_confirmation", StatusCode::ACCEPTED, UserCommand::ResendConfirmation);
    let retry = plain("retry_provisioning", StatusCode::ACCEPTED, UserCommand::RetryProvisioning);
    let cancel = plain("cancel_provisioning", StatusCode::ACCEPTED, UserCommand::CancelProvisioning);
    Routes::judged_by(&commands.callers())
        .post("/v1/users", Action::CreateUser, create_user::handle)
        .patch("/v1/users/{id}", Action::ChangeProfile, change_profile::handle)
        .delete("/v1/users/{id}", Action::DeleteUser, remove)
        .post("/v1/users/{id}/email", Action::ChangeEmail, change_email::handle)
        .put("/v1/users/{id}/roles/{role}", Action::ChangeRoles, change_roles::add)
        .delete("/v1/users/{id}/roles/{role}", Action::ChangeRoles, change_roles::remove)
        .put("/v1/users/{id}/expiry", Action::ScheduleExpiry, schedule_expiry::handle)
        .post("/v1/users/{id}/deactivate", Action::DeactivateUser, deactivate_user::handle)
        .post("/v1/users/{id}/reactivate", Action::ReactivateUser, reactivate)
        .post("/v1/users/{id}/restore", Action::RestoreUser, restore)
        .post("/v1/users/{id}/resend-confirmation", Action::ResendConfirmation, resend)
        .post("/v1/users/{id}/retry-provisioning", Action::RetryProvisioning, retry)
        .post("/v1/users/{id}/cancel-provisioning", Action::CancelProvisioning, cancel)
        .post("/v1/roles", Action::CreateRole, create_role::handle)
        .post("/v1/roles/{role}/retire", Action::RetireRole, retire_role::handle)
        .put("/v1/settings", Action::ChangeSettings, change_settings::handle)
        .post("/v1/confirmations", None, confirm_email::handle)
        .with_state(commands)
}
