//! Which webhooks there are: what clients list, and what the dispatcher goes by.

mod project;
mod queries;
#[cfg(test)]
mod tests;
mod view;

pub use queries::{WebhookItem, WebhookState};
pub use view::WebhookView;

/// The read model.
pub struct WebhookDirectory;

/// The filter term of every webhook that is not deleted.
pub const THERE: &str = "there";
/// The filter term of those that events are sent to.
pub const ENABLED: &str = "enabled";
