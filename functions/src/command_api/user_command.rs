//! What the commands to one user share: how they are ordered, carried out, logged and answered.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use domain::{
    Actor, TenantId, User, UserId,
    user::{Status, UserCommand},
};
use event_store::Executed;
use serde::Serialize;

use crate::{
    commands::{Commands, Order, fingerprint},
    http::{Kind, Problem, Scope, version_headers},
};

/// The state of a user after a command.
#[derive(Debug, Serialize)]
pub(super) struct UserState {
    id: String,
    version: u64,
    status: Status,
}

/// What a request asks for, and the client's name for the request.
pub(super) struct Asked<'a> {
    pub(super) route: &'static str,
    /// Names the request among the caller's requests on this route.
    pub(super) key: String,
    pub(super) body: &'a [u8],
}

/// An order of this request. A key is the caller's own: two administrators who happen to choose the same
/// one do not answer for each other, and one key may serve on several routes.
pub(super) fn order(tenant: TenantId, by: Actor, asked: Asked<'_>) -> Order {
    let Asked { route, key, body } = asked;
    let scope = Scope::current();
    Order {
        tenant,
        command_id: command_id(&[route, &by.recorded_as(), &key]),
        by,
        fingerprint: fingerprint(&[route.as_bytes(), body]),
        correlation_id: scope.as_ref().map_or_else(String::new, |scope| scope.correlation_id.clone()),
        causation_id: None,
        traceparent: scope.and_then(|scope| scope.traceparent),
        expected_commit: None,
    }
}

/// The id of a command that is named by these parts. Hashed: a key is whatever a client chose, an e-mail
/// address perhaps, and what is stored with a commit stays for ever.
pub(super) fn command_id(parts: &[&str]) -> String {
    let parts: Vec<&[u8]> = parts.iter().map(|part| part.as_bytes()).collect();
    let hash = fingerprint(&parts);
    hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// Carries the command out and logs what it came to.
pub(super) async fn carry_out(
    commands: &Commands,
    route: &'static str,
    id: UserId,
    order: Order,
    command: UserCommand,
) -> Result<Executed<User>, Problem> {
    let (tenant, started) = (order.tenant.clone(), commands.clock.now());
    let executed = commands.user(id, order, command).await?;
    let receipt = &executed.receipt;
    tracing::info!(
        command = route, %tenant, user.id = %id, commit = receipt.commit, events = receipt.events,
        duplicate = receipt.duplicate, round_trips = executed.cost.round_trips,
        write_units = executed.cost.write_units, read_units = executed.cost.read_units,
        duration_ms = (commands.clock.now() - started).num_milliseconds(), "command carried out"
    );
    Ok(executed)
}

/// The answer to a command: where the user stands now.
pub(super) fn answer(status: StatusCode, id: UserId, executed: &Executed<User>) -> Result<Response, Problem> {
    let version = executed.receipt.commit;
    // A command that was carried out leaves a user behind.
    let account =
        executed.state.account().ok_or_else(|| Problem::new(Kind::INTERNAL, Kind::INTERNAL.advice))?;
    let state = UserState { id: id.to_string(), version, status: account.lifecycle.status() };
    Ok((status, version_headers(version), Json(state)).into_response())
}
