//! The HTTP function for those who run the system: it sees to the read models, of all tenants, and shows nothing
//! of what is in them.

mod get_parked;
mod list_parked;
mod parked;
mod parked_path;
mod replay_item;
mod replays;
mod retry_all_parked;
mod retry_parked;

use axum::{
    Router,
    routing::{get, post},
};
use domain::Action;

use crate::{callers::Callers, http::only, projector::Projector, query_api::Cursors, replays::Replays};

/// What an operator works with.
#[derive(Clone, Debug)]
pub struct Desk {
    pub projector: Projector,
    pub replays: Replays,
    pub cursors: Cursors,
}

/// The routes of the function, and what their callers must be allowed to do.
pub fn routes(desk: Desk, callers: &Callers) -> Router {
    let operators = |routes| only(callers, Action::OperateViews, routes);
    Router::new()
        .route("/v1/replays", operators(get(replays::list).post(replays::start)))
        .route("/v1/replays/{id}", operators(get(replays::show).patch(replays::change)))
        .route("/v1/replays/{id}/cancel", operators(post(replays::cancel)))
        .route("/v1/replays/{id}/promote", operators(post(replays::promote)))
        .route("/v1/replays/{id}/rollback", operators(post(replays::roll_back)))
        .route("/v1/replays/{id}/finish", operators(post(replays::finish)))
        .route("/v1/parked", operators(get(list_parked::handle)))
        .route("/v1/parked/{projection}/retry", operators(post(retry_all_parked::handle)))
        .route("/v1/parked/{projection}/{tenant}/{aggregate}/{id}", operators(get(get_parked::handle)))
        .route(
            "/v1/parked/{projection}/{tenant}/{aggregate}/{id}/retry",
            operators(post(retry_parked::handle)),
        )
        .with_state(desk)
}
