use axum::{
    Extension, Router,
    handler::Handler,
    http::Method,
    routing::{MethodFilter, on},
};
use domain::Action;

use super::{
    accept::{JSON, acceptable},
    only,
};
use crate::callers::Callers;

/// A router that remembers what it was told: which routes there are, and what their callers must be allowed to do.
pub struct Routes<S = ()> {
    callers: Callers,
    router: Router<S>,
    table: Vec<Route>,
}

/// A route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    pub method: Method,
    /// With parameters as `{name}`.
    pub path: &'static str,
    /// `None` if it is open to everybody.
    pub action: Option<Action>,
}

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    /// None yet. `callers` judges who comes.
    #[must_use]
    pub fn judged_by(callers: &Callers) -> Self {
        Self { callers: callers.clone(), router: Router::new(), table: Vec::new() }
    }

    #[must_use]
    pub fn get<T: 'static>(
        self,
        path: &'static str,
        action: impl Into<Option<Action>>,
        handler: impl Handler<T, S>,
    ) -> Self {
        self.route(Method::GET, MethodFilter::GET, path, action.into(), handler)
    }

    /// A page that everybody may read, as one of these content types.
    #[must_use]
    pub fn page<T: 'static>(
        self,
        path: &'static str,
        offered: &'static [&'static str],
        handler: impl Handler<T, S>,
    ) -> Self {
        self.offering(offered, Route { method: Method::GET, path, action: None }, MethodFilter::GET, handler)
    }

    #[must_use]
    pub fn post<T: 'static>(
        self,
        path: &'static str,
        action: impl Into<Option<Action>>,
        handler: impl Handler<T, S>,
    ) -> Self {
        self.route(Method::POST, MethodFilter::POST, path, action.into(), handler)
    }

    #[must_use]
    pub fn put<T: 'static>(self, path: &'static str, action: Action, handler: impl Handler<T, S>) -> Self {
        self.route(Method::PUT, MethodFilter::PUT, path, Some(action), handler)
    }

    #[must_use]
    pub fn patch<T: 'static>(self, path: &'static str, action: Action, handler: impl Handler<T, S>) -> Self {
        self.route(Method::PATCH, MethodFilter::PATCH, path, Some(action), handler)
    }

    #[must_use]
    pub fn delete<T: 'static>(self, path: &'static str, action: Action, handler: impl Handler<T, S>) -> Self {
        self.route(Method::DELETE, MethodFilter::DELETE, path, Some(action), handler)
    }

    fn route<T: 'static>(
        self,
        method: Method,
        filter: MethodFilter,
        path: &'static str,
        action: Option<Action>,
        handler: impl Handler<T, S>,
    ) -> Self {
        self.offering(JSON, Route { method, path, action }, filter, handler)
    }

    fn offering<T: 'static>(
        mut self,
        offered: &'static [&'static str],
        route: Route,
        filter: MethodFilter,
        handler: impl Handler<T, S>,
    ) -> Self {
        let routes = acceptable(offered, on(filter, handler));
        let judged = match route.action {
            Some(action) => only(&self.callers, action, routes),
            None => routes,
        };
        self.router = self.router.route(route.path, judged);
        self.table.push(route);
        self
    }

    /// Hands `value` to the routes that there are so far.
    #[must_use]
    pub fn with_extension(self, value: impl Clone + Send + Sync + 'static) -> Self {
        Self { router: self.router.layer(Extension(value)), ..self }
    }

    #[must_use]
    pub fn with_state(self, state: S) -> Routes {
        Routes { callers: self.callers, router: self.router.with_state(state), table: self.table }
    }
}

impl Routes {
    /// These routes and those.
    #[must_use]
    pub fn merge(mut self, others: Self) -> Self {
        self.router = self.router.merge(others.router);
        self.table.extend(others.table);
        self
    }

    /// All routes, in the order in which they were told.
    #[must_use]
    pub fn table(&self) -> &[Route] {
        &self.table
    }

    pub(super) fn into_router(self) -> Router {
        self.router
    }
}
