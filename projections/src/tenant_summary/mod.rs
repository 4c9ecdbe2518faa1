//! How many users a tenant has, by status. A row per user holds no more than the status follows from; what is
//! asked for are the counts, which move in one transaction with the row.

mod project;
mod queries;
#[cfg(test)]
mod tests;
mod view;

pub use queries::Summary;
pub use view::StandingView;

/// The read model.
pub struct TenantSummary;
