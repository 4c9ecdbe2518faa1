use axum::{extract::Request, middleware, middleware::Next, routing::MethodRouter};
use domain::Action;

use super::{Authenticated, Problem};

/// Lets only those callers on to the routes who may do `action`. Asked before anything of the request is
/// looked at: who may not do a thing does not learn what would be wrong with it.
pub fn only<S: Clone + Send + Sync + 'static>(action: Action, routes: MethodRouter<S>) -> MethodRouter<S> {
    routes.route_layer(middleware::from_fn(
        move |caller: Authenticated, request: Request, next: Next| async move {
            caller.permit(action)?;
            Ok::<_, Problem>(next.run(request).await)
        },
    ))
}
