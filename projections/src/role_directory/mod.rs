//! Which roles there are.

mod project;
mod queries;
mod view;

pub use queries::RoleItem;
pub use view::RoleView;

/// The read model.
pub struct RoleDirectory;
