use axum::{extract::Request, middleware, middleware::Next, routing::MethodRouter};
use domain::{Action, Actor, Caller, policy::permit};

use super::{Authenticated, Kind, Problem, caller::Claimed};
use crate::callers::Callers;

/// Lets only those callers on to the routes who may do `action`, by their token and by what they are now.
/// Asked before anything of the request is looked at: who may not do a thing does not learn what would be
/// wrong with it.
pub fn only<S: Clone + Send + Sync + 'static>(
    callers: &Callers,
    action: Action,
    routes: MethodRouter<S>,
) -> MethodRouter<S> {
    let callers = callers.clone();
    routes.route_layer(middleware::from_fn(move |claimed: Claimed, mut request: Request, next: Next| {
        let callers = callers.clone();
        async move {
            let caller = admit(&callers, claimed.0, action).await?;
            request.extensions_mut().insert(Authenticated(caller));
            Ok::<_, Problem>(next.run(request).await)
        }
    }))
}

/// The caller, if they may do `action` by their token and by what they are now.
pub(crate) async fn admit(callers: &Callers, caller: Caller, action: Action) -> Result<Caller, Problem> {
    // What the token does not allow needs no look at the caller.
    permit(&Actor::Caller(caller.clone()), action)?;
    let judged = callers.judge(caller).await?;
    let caller = judged.map_err(|_| Problem::new(Kind::CALLER_INACTIVE, Kind::CALLER_INACTIVE.advice))?;
    permit(&Actor::Caller(caller.clone()), action)?;
    Ok(caller)
}
