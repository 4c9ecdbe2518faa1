use axum::{
    extract::{FromRequestParts, Query},
    http::{Uri, request::Parts},
};
use serde::{Serialize, de::DeserializeOwned};

use crate::http::{Kind, Problem};

const DEFAULT_LIMIT: usize = 50;
const MAX_LIMIT: usize = 200;

/// A page of a list. `next` is the cursor of the page after it, or null at the end.
#[derive(Debug, Serialize)]
pub(super) struct List<T> {
    pub items: Vec<T>,
    pub next: Option<String>,
}

/// Query parameters of exactly the shape of `T`. `name=` without a value is as good as not there.
#[derive(Debug)]
pub(super) struct Parameters<T>(pub T);

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for Parameters<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let query = Query::try_from_uri(&without_blanks(&parts.uri));
        let refused = |error: axum::extract::rejection::QueryRejection| {
            Problem::new(Kind::INVALID_PARAMETER, format!("{}.", error.body_text()))
        };
        query.map(|Query(parameters)| Self(parameters)).map_err(refused)
    }
}

fn without_blanks(uri: &Uri) -> Uri {
    let given =
        uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty() && !pair.ends_with('='));
    let query = given.collect::<Vec<_>>().join("&");
    // A part of a valid URI is one.
    format!("/?{query}").parse().unwrap_or_default()
}

/// How many items a page may hold: 1 to 200, 50 by default.
pub(super) fn limit(text: Option<&str>) -> Result<usize, Problem> {
    let Some(text) = text else {
        return Ok(DEFAULT_LIMIT);
    };
    let limit = text.parse().ok().filter(|limit| (1..=MAX_LIMIT).contains(limit));
    limit.ok_or_else(|| {
        Problem::new(Kind::INVALID_PARAMETER, format!("limit is a number from 1 to {MAX_LIMIT}."))
    })
}
