use axum::{
    extract::{FromRequestParts, Query, rejection::QueryRejection},
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
        parse(&without_blanks(&parts.uri)).map(Self)
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

/// A route that takes no parameters: who sends one means something that would not happen.
#[derive(Clone, Copy, Debug)]
pub struct NoParameters;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Asked {
    #[serde(default)]
    dry_run: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

impl<S: Sync> FromRequestParts<S> for DryRun {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        // As it was sent: what is blank must not be taken for `false`.
        parse::<Asked>(&parts.uri).map(|asked| Self(asked.dry_run))
    }
}

impl<S: Sync> FromRequestParts<S> for NoParameters {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parse::<Nothing>(&parts.uri).map(|Nothing {}| Self)
    }
}

fn parse<T: DeserializeOwned>(uri: &Uri) -> Result<T, Problem> {
    let refused =
        |error: QueryRejection| Problem::new(Kind::INVALID_PARAMETER, format!("{}.", error.body_text()));
    Query::try_from_uri(uri).map(|Query(parameters)| parameters).map_err(refused)
}
