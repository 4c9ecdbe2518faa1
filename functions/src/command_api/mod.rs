//! The HTTP function that takes commands. It never reads a projection: what a command needs to know, it
//! reads from the event store.

mod confirm_email;
mod create_role;
mod create_user;
mod deactivate_user;
mod reactivate_user;
mod resend_confirmation;
mod user_command;

use axum::{Router, routing::post};
use domain::Action;

use crate::{commands::Commands, http::only};

/// The routes of the function, and what their callers must be allowed to do.
pub fn routes(commands: Commands) -> Router {
    Router::new()
        .route("/v1/users", only(Action::CreateUser, post(create_user::handle)))
        .route("/v1/users/{id}/deactivate", only(Action::DeactivateUser, post(deactivate_user::handle)))
        .route("/v1/users/{id}/reactivate", only(Action::ReactivateUser, post(reactivate_user::handle)))
        .route(
            "/v1/users/{id}/resend-confirmation",
            only(Action::ResendConfirmation, post(resend_confirmation::handle)),
        )
        .route("/v1/roles", only(Action::CreateRole, post(create_role::handle)))
        .route("/v1/confirmations", post(confirm_email::handle))
        .with_state(commands)
}
