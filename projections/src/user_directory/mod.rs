//! Who is there: one row per user, to get and to list by status and role.

mod project;
mod queries;
#[cfg(test)]
mod tests;
mod view;

pub use queries::{UserFilter, UserItem};
pub use view::UserView;

/// The read model.
pub struct UserDirectory;
