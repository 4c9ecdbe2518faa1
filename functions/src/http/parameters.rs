use axum::{
    extract::{FromRequestParts, Query},
    http::{Uri, request::Parts},
};
use serde::{Deserialize, de::DeserializeOwned};

use super::{Kind, Problem};

/// Query parameters of exactly the shape of `T`. `name=` without a value is as good as not there.
#[derive(Debug)]
pub struct Parameters<T>(pub T);

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

/// `?dryRun=true`: show what the command would record, and record nothing.
#[derive(Clone, Copy, Debug)]
pub struct DryRun(pub bool);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Asked {
    #[serde(default)]
    dry_run: bool,
}

impl<S: Sync> FromRequestParts<S> for DryRun {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Parameters(asked) = Parameters::<Asked>::from_request_parts(parts, state).await?;
        Ok(Self(asked.dry_run))
    }
}
