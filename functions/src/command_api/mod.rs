//! The HTTP function that takes commands. It never reads a projection: what a command needs to know, it
//! reads from the event store.

mod answer;
mod change_email;
mod change_profile;
mod change_roles;
mod change_settings;
mod confirm_email;
mod create_role;
mod create_user;
mod deactivate_user;
mod order;
mod plain;
mod retire_role;
mod role_command;
mod roles_named;
mod schedule_expiry;
mod user_command;

use axum::{
    Router,
    http::StatusCode,
    routing::{delete, patch, post, put},
};
use domain::{Action, user::UserCommand};

use self::plain::plain;
use crate::{commands::Commands, http::only};

/// The routes of the function, and what their callers must be allowed to do.
pub fn routes(commands: Commands) -> Router {
    let callers = &commands.callers();
    let deactivate = post(deactivate_user::handle);
    let reactivate = post(plain("reactivate_user", StatusCode::OK, UserCommand::Reactivate));
    let restore = post(plain("restore_user", StatusCode::OK, UserCommand::Restore));
    let remove = delete(plain("delete_user", StatusCode::NO_CONTENT, UserCommand::Delete));
    let resend = post(plain("resend_confirmation", StatusCode::ACCEPTED, UserCommand::ResendConfirmation));
    let retry = post(plain("retry_provisioning", StatusCode::ACCEPTED, UserCommand::RetryProvisioning));
    let cancel = post(plain("cancel_provisioning", StatusCode::ACCEPTED, UserCommand::CancelProvisioning));
    let roles = put(change_roles::add).delete(change_roles::remove);
    let retire = post(retire_role::handle);
    Router::new()
        .route("/v1/users", only(callers, Action::CreateUser, post(create_user::handle)))
        .route(
            "/v1/users/{id}",
            only(callers, Action::ChangeProfile, patch(change_profile::handle)).merge(only(
                callers,
                Action::DeleteUser,
                remove,
            )),
        )
        .route("/v1/users/{id}/email", only(callers, Action::ChangeEmail, post(change_email::handle)))
        .route("/v1/users/{id}/roles/{role}", only(callers, Action::ChangeRoles, roles))
        .route("/v1/users/{id}/expiry", only(callers, Action::ScheduleExpiry, put(schedule_expiry::handle)))
        .route("/v1/users/{id}/deactivate", only(callers, Action::DeactivateUser, deactivate))
        .route("/v1/users/{id}/reactivate", only(callers, Action::ReactivateUser, reactivate))
        .route("/v1/users/{id}/restore", only(callers, Action::RestoreUser, restore))
        .route("/v1/users/{id}/resend-confirmation", only(callers, Action::ResendConfirmation, resend))
        .route("/v1/users/{id}/retry-provisioning", only(callers, Action::RetryProvisioning, retry))
        .route("/v1/users/{id}/cancel-provisioning", only(callers, Action::CancelProvisioning, cancel))
        .route("/v1/roles", only(callers, Action::CreateRole, post(create_role::handle)))
        .route("/v1/roles/{role}/retire", only(callers, Action::RetireRole, retire))
        .route("/v1/settings", only(callers, Action::ChangeSettings, put(change_settings::handle)))
        .route("/v1/confirmations", post(confirm_email::handle))
        .with_state(commands)
}
