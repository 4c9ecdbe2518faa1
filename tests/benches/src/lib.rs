//! What the programs of this package measure with.

pub mod account;
pub mod table;
pub mod text;
