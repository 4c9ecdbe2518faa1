//! What the commands to one user share: how they are read from a request, carried out, and answered.

use axum::{extract::FromRequestParts, http::request::Parts, response::Response};
use domain::{
    Rejection, User, UserId,
    user::{Status, UserCommand},
};
use event_store::{ExecuteError, Executed, StoreError};
use serde::Serialize;

use super::{
    answer::{carried_out, previewed},
    order::{Asked, Route, order},
};
use crate::{
    commands::{Commands, Order},
    http::{Authenticated, CommandId, DryRun, IfMatch, Kind, MustMatch, Problem, UserPath},
};

/// A request to a user, apart from what it asks. `If-Match` is honoured and not needed, so that staleness
/// cannot block a shut-off.
pub(super) struct OnUser {
    pub(super) caller: Authenticated,
    pub(super) id: UserId,
    key: String,
    expected_commit: Option<u64>,
    dry_run: bool,
}

impl<S: Send + Sync> FromRequestParts<S> for OnUser {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let caller = Authenticated::from_request_parts(parts, state).await?;
        let UserPath(id) = UserPath::from_request_parts(parts, state).await?;
        let CommandId(key) = CommandId::from_request_parts(parts, state).await?;
        let expected_commit = IfMatch::from_request_parts(parts, state).await?.commit();
        let DryRun(dry_run) = DryRun::from_request_parts(parts, state).await?;
        Ok(Self { caller, id, key, expected_commit, dry_run })
    }
}

/// A request that replaces what somebody else may have written meanwhile: it says which version it is about.
pub(super) struct OnSeenUser(pub(super) OnUser);

impl<S: Send + Sync> FromRequestParts<S> for OnSeenUser {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        MustMatch::from_request_parts(parts, state).await?;
        OnUser::from_request_parts(parts, state).await.map(Self)
    }
}

impl OnUser {
    /// Carries the command out, or tries it, and answers. `said` is what the request says beyond its route.
    pub(super) async fn ask(
        self,
        commands: &Commands,
        route: Route,
        said: &[u8],
        command: UserCommand,
    ) -> Result<Response, Problem> {
        let asked = Asked { route: route.name, key: self.key, body: said };
        let order = order(self.caller.0.tenant.clone(), self.caller.actor(), asked);
        let order = Order { expected_commit: self.expected_commit, ..order };
        respond(commands, route, self.id, self.dry_run, order, command).await
    }
}

/// The state of a user after a command.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct UserState {
    id: String,
    version: u64,
    status: Status,
}

/// Carries the command out, or tries it, and answers.
pub(super) async fn respond(
    commands: &Commands,
    route: Route,
    id: UserId,
    dry_run: bool,
    order: Order,
    command: UserCommand,
) -> Result<Response, Problem> {
    if dry_run {
        let preview = commands.preview_user(id, order, command).await.map_err(of_a_user)?;
        let then = state(id, preview.commit, &preview.state)?;
        return Ok(previewed(preview, then));
    }
    let executed = carry_out(commands, id, order, command).await?;
    let state = state(id, executed.receipt.commit, &executed.state)?;
    Ok(carried_out(route.success, &executed.receipt, state))
}

/// Carries the command out.
pub(super) async fn carry_out(
    commands: &Commands,
    id: UserId,
    order: Order,
    command: UserCommand,
) -> Result<Executed<User>, Problem> {
    commands.user(id, order, command).await.map_err(of_a_user)
}

/// A user without a commit is none, whatever version was expected of them.
fn of_a_user(error: ExecuteError<Rejection>) -> Problem {
    match error {
        ExecuteError::Store(StoreError::VersionMismatch { actual: 0, .. }) => Rejection::UserUnknown.into(),
        other @ (ExecuteError::Rejected(_) | ExecuteError::Store(_)) => other.into(),
    }
}

/// A command that was carried out leaves a user behind.
pub(super) fn state(id: UserId, version: u64, user: &User) -> Result<UserState, Problem> {
    let account = user.account().ok_or_else(|| Problem::new(Kind::INTERNAL, Kind::INTERNAL.advice))?;
    Ok(UserState { id: id.to_string(), version, status: account.lifecycle.status() })
}
