use std::str::FromStr;

use crate::Index;

/// The order of a list of users. Users who are equal in it follow by id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sort {
    /// By id if by nothing else: an order that nothing changes.
    pub by: Option<Index>,
    pub descending: bool,
}

/// An order that there is not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not an order; use userName, email or createdAt, or one of them with - before it")]
pub struct UnknownSort(String);

impl Sort {
    /// The orders, as they are asked for.
    pub const NAMES: [&str; 6] = ["userName", "-userName", "email", "-email", "createdAt", "-createdAt"];
}

impl FromStr for Sort {
    type Err = UnknownSort;

    fn from_str(text: &str) -> Result<Self, UnknownSort> {
        let (descending, name) = text.strip_prefix('-').map_or((false, text), |name| (true, name));
        let by = match name {
            "userName" => Index::Name,
            "email" => Index::Email,
            "createdAt" => Index::CreatedAt,
            _ => return Err(UnknownSort(text.chars().take(32).collect())),
        };
        Ok(Self { by: Some(by), descending })
    }
}
