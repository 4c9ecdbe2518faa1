//! The HTTP function that answers questions, from the read models. It never appends. Who brings the
//! consistency token of a command sees at least that command: the missing commits are folded on the fly.

mod answer;
mod as_of;
mod confirm_page;
pub(crate) mod cursor;
mod fresh;
mod get_provisioning;
mod get_settings;
mod get_summary;
mod get_timeline;
mod get_user;
mod health;
mod list_roles;
mod list_users;
mod long_poll;
pub(crate) mod page;
mod problem_page;
mod read_lag;

use axum::{Extension, Router, routing::get};
use domain::Action;
use event_store::DynamoEventStore;
use infra_aws::views::ViewStore;

pub use cursor::Cursors;

use crate::{callers::Callers, http::only};

/// What questions are answered from.
#[derive(Clone, Debug)]
pub struct Sources {
    pub views: ViewStore,
    /// For what the views do not have yet.
    pub events: DynamoEventStore,
    pub cursors: Cursors,
}

/// The routes of the function, and what their callers must be allowed to do.
pub fn routes(sources: Sources, callers: &Callers) -> Router {
    Router::new()
        .route("/v1/users", only(callers, Action::ReadUsers, get(list_users::handle)))
        .route("/v1/users/{id}", only(callers, Action::ReadUsers, get(get_user::handle)))
        .route("/v1/users/{id}/provisioning", only(callers, Action::ReadUsers, get(get_provisioning::handle)))
        .route("/v1/users/{id}/timeline", only(callers, Action::ReadUsers, get(get_timeline::handle)))
        .route("/v1/roles", only(callers, Action::ReadRoles, get(list_roles::handle)))
        .route("/v1/summary", only(callers, Action::ReadUsers, get(get_summary::handle)))
        .route("/v1/settings", only(callers, Action::ReadSettings, get(get_settings::handle)))
        // Whoever waits is judged again before they are answered.
        .layer(Extension(callers.clone()))
        .with_state(sources)
        .route("/healthz", get(health::handle))
        .route("/confirm", get(confirm_page::handle))
        .route("/problems/{code}", get(problem_page::handle))
}
