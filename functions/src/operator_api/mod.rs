//! The HTTP function for those who run the system: it sees to the read models, of all tenants, and shows nothing
//! of what is in them.

mod get_parked;
mod limits;
mod list_parked;
mod operations;
mod parked;
mod parked_path;
mod replay_item;
mod replays;
mod retry_all_parked;
mod retry_parked;

use domain::Action;

pub(crate) use self::operations::operations;
use crate::{
    callers::Callers, http::Routes, limits::TenantLimits, projector::Projector, query_api::Cursors,
    replays::Replays,
};

/// What an operator works with.
#[derive(Clone)]
pub struct Desk {
    pub projector: Projector,
    pub replays: Replays,
    pub cursors: Cursors,
    pub limits: TenantLimits,
}

/// The routes of the function; all of them are for operators.
pub fn routes(desk: Desk, callers: &Callers) -> Routes {
    let operate = Action::OperateViews;
    Routes::judged_by(callers)
        .get("/v1/replays", operate, replays::list)
        .post("/v1/replays", operate, replays::start)
        .get("/v1/replays/{id}", operate, replays::show)
        .patch("/v1/replays/{id}", operate, replays::change)
        .post("/v1/replays/{id}/cancel", operate, replays::cancel)
        .post("/v1/replays/{id}/promote", operate, replays::promote)
        .post("/v1/replays/{id}/rollback", operate, replays::roll_back)
        .post("/v1/replays/{id}/finish", operate, replays::finish)
        .get("/v1/parked", operate, list_parked::handle)
        .post("/v1/parked/{projection}/retry", operate, retry_all_parked::handle)
        .get("/v1/parked/{projection}/{tenant}/{aggregate}/{id}", operate, get_parked::handle)
        .post("/v1/parked/{projection}/{tenant}/{aggregate}/{id}/retry", operate, retry_parked::handle)
        .get("/v1/limits/{tenant}", operate, limits::show)
        .put("/v1/limits/{tenant}", operate, limits::set)
        .delete("/v1/limits/{tenant}", operate, limits::reset)
        .with_state(desk)
}
