//! The routes of imports: commands are `command-api`'s, queries are `query-api`'s.

mod cancel;
mod import_item;
mod list;
mod list_rows;
mod operations;
mod show;
mod upload;

use axum::extract::Path;
use domain::Action;

pub(crate) use self::operations::operations;
use super::{ImportStore, Imports};
use crate::{callers::Callers, http::Routes, query_api::Cursors};

/// An id is 32 hexadecimal digits; whatever else a path holds is longer or shorter than what is looked for.
type Id = Path<String>;

/// What begins an import and ends it early.
pub fn commands(imports: Imports, callers: &Callers) -> Routes {
    Routes::judged_by(callers)
        .post("/v1/imports", Action::CreateUser, upload::handle)
        .post("/v1/imports/{id}/cancel", Action::CreateUser, cancel::handle)
        .with_state(imports)
}

/// What there is to know about imports.
pub fn queries(store: ImportStore, cursors: Cursors, callers: &Callers) -> Routes {
    Routes::judged_by(callers)
        .get("/v1/imports", Action::ReadUsers, list::handle)
        .get("/v1/imports/{id}", Action::ReadUsers, show::handle)
        .get("/v1/imports/{id}/rows", Action::ReadUsers, list_rows::handle)
        .with_state(Desk { store, cursors })
}

/// What queries are answered from.
#[derive(Clone)]
struct Desk {
    store: ImportStore,
    cursors: Cursors,
}
