use serde::Serialize;

use crate::http::{Kind, Problem};

pub(crate) const DEFAULT_LIMIT: usize = 50;
pub(crate) const MAX_LIMIT: usize = 200;

/// A page of a list. `next` is the cursor of the page after it, or null at the end.
#[derive(Debug, Serialize)]
pub(crate) struct List<T> {
    pub items: Vec<T>,
    pub next: Option<String>,
}

/// How many items a page may hold: 1 to 200, 50 by default.
pub(crate) fn limit(text: Option<&str>) -> Result<usize, Problem> {
    let Some(text) = text else {
        return Ok(DEFAULT_LIMIT);
    };
    let limit = text.parse().ok().filter(|limit| (1..=MAX_LIMIT).contains(limit));
    limit.ok_or_else(|| {
        Problem::new(Kind::INVALID_PARAMETER, format!("limit is a number from 1 to {MAX_LIMIT}."))
    })
}
