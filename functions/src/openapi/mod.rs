//! The API as clients are told of it: an OpenAPI 3.1 document, made of the routes, of what stands beside each
//! handler (`operations` in each API), and of the Rust types. A test makes it and compares it with the committed
//! `openapi.json`, which is what `query_api` serves; nothing of this module runs in a function.

mod answer;
mod document;
mod operation;
pub mod parameter;
mod problems;
mod reference;
mod schemas;

pub use answer::{Answer, Header};
pub use document::document;
pub use operation::{Operation, Tag};
pub use parameter::Parameter;
pub use reference::reference;

use crate::{command_api, imports, operator_api, query_api, webhooks};

/// Every operation that is described, whatever routes there are.
#[must_use]
pub fn described() -> Vec<Operation> {
    [
        command_api::operations(),
        query_api::operations(),
        imports::operations(),
        webhooks::operations(),
        operator_api::operations(),
    ]
    .concat()
}
