//! How a request becomes an order: under which id, with which fingerprint.

use axum::http::StatusCode;
use domain::{Actor, TenantId};

use crate::{
    commands::{Order, fingerprint},
    http::Scope,
};

/// A route whose requests are commands.
#[derive(Clone, Copy)]
pub(crate) struct Route {
    /// Stable: a part of the commands' ids.
    pub(crate) name: &'static str,
    /// The answer when all went well.
    pub(crate) success: StatusCode,
}

/// What a request asks for, and the client's name for the request.
pub(crate) struct Asked<'a> {
    pub(crate) route: &'static str,
    /// Names the request among the caller's requests on this route.
    pub(crate) key: String,
    /// What the request says, beyond its route.
    pub(crate) body: &'a [u8],
}

/// An order of this request. A key is the caller's own: two administrators who happen to choose the same
/// one do not answer for each other, and one key may serve on several routes.
pub(crate) fn order(tenant: TenantId, by: Actor, asked: Asked<'_>) -> Order {
    let Asked { route, key, body } = asked;
    let scope = Scope::current();
    Order {
        tenant,
        command_id: command_id(&[route, &by.recorded_as(), &key]),
        by,
        fingerprint: fingerprint(&[route.as_bytes(), body]),
        correlation_id: scope.as_ref().map_or_else(String::new, |scope| scope.correlation_id.clone()),
        causation_id: None,
        trace: scope.map(|scope| scope.trace),
        expected_commit: None,
    }
}

/// The id of a command that is named by these parts. Hashed: a key is whatever a client chose, an e-mail
/// address perhaps, and what is stored with a commit stays for ever.
pub(crate) fn command_id(parts: &[&str]) -> String {
    let parts: Vec<&[u8]> = parts.iter().map(|part| part.as_bytes()).collect();
    let hash = fingerprint(&parts);
    hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
