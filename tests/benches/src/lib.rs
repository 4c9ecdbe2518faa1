//! What both programs of this package measure with.

pub mod account;
pub mod text;
