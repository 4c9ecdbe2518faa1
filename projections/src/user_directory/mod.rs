//! Who is there: one row per user, to get, and to list: filtered, searched and sorted.

mod filter;
mod project;
mod queries;
mod sort;
#[cfg(test)]
mod tests;
mod view;

pub use filter::UserFilter;
pub use queries::UserItem;
pub use sort::{Sort, UnknownSort};
pub use view::UserView;

/// The read model.
pub struct UserDirectory;
