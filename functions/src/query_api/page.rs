use serde::{Deserialize, Serialize};

use super::cursor::{Cursors, Question};
use crate::http::{Kind, Problem};

pub(crate) const DEFAULT_LIMIT: usize = 50;
pub(crate) const MAX_LIMIT: usize = 200;

/// A page of a list. `next` is the cursor of the page after it, or null at the end.
#[derive(Debug, Serialize)]
pub(crate) struct List<T> {
    pub items: Vec<T>,
    pub next: Option<String>,
}

/// The parameters of a list that takes no others.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Paging {
    limit: Option<String>,
    cursor: Option<String>,
}

impl Paging {
    /// How many items the page may hold, and the place that the cursor leads to.
    ///
    /// # Errors
    /// The problem `invalid-parameter`.
    pub(crate) fn read(
        &self,
        question: Question<'_>,
        cursors: &Cursors,
    ) -> Result<(usize, Option<String>), Problem> {
        let limit = limit(self.limit.as_deref())?;
        let place = self.cursor.as_deref().map(|text| cursors.read(question, text)).transpose()?;
        Ok((limit, place))
    }
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
