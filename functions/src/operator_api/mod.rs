//! The HTTP function for those who run the system: it sees to the read models, of all tenants, and shows nothing
//! of what is in them.

use axum::Router;

use crate::{callers::Callers, projector::Projector};

/// What an operator works with.
#[derive(Clone, Debug)]
pub struct Desk {
    pub projector: Projector,
}

/// The routes of the function, and what their callers must be allowed to do.
pub fn routes(desk: Desk, _callers: &Callers) -> Router {
    Router::new().with_state(desk)
}
