//! What clients are told of each operation.

mod about;
mod events;
mod tenant;
mod users;
mod webhooks;

use crate::openapi::{Header, Operation};

/// All of them.
pub(crate) fn operations() -> Vec<Operation> {
    [
        users::operations(),
        tenant::operations(),
        events::operations(),
        webhooks::operations(),
        about::operations(),
    ]
    .concat()
}

const VERSIONED: &[Header] = &[Header::ETag, Header::ConsistencyToken];
const NOT_MODIFIED: &str = "It is still as you have it.";
