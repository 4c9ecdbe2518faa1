use axum::{extract::FromRequestParts, http::request::Parts};
use domain::TenantId;
use event_store::StreamId;
use infra_aws::{logs::chain, views::ViewError};
use projections::{ReadModel, Row};

use super::Sources;
use crate::{
    fold::{FoldError, catch_up},
    http::{CONSISTENCY_TOKEN, IfNoneMatch, Kind, Problem},
};

/// The commit that an answer must reflect at least: the token that the command was answered with.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct AtLeast(u64);

impl<S: Sync> FromRequestParts<S> for AtLeast {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Some(token) = parts.headers.get(CONSISTENCY_TOKEN) else {
            return Ok(Self::default());
        };
        let commit = token.to_str().ok().and_then(|token| token.trim().parse().ok()).map(Self);
        commit.ok_or_else(|| {
            Problem::new(Kind::INVALID_HEADER, "Consistency-Token is the number a command answered with.")
        })
    }
}

impl Sources {
    /// The row of an aggregate, with everything that `at_least` asks for. A row that is not there yet is
    /// folded from the stream too: who was told that a user exists must find it.
    pub(super) async fn fresh<R: ReadModel>(
        &self,
        tenant: &TenantId,
        id: &str,
        at_least: AtLeast,
    ) -> Result<Row<R::View>, Problem> {
        let mut row = match self.views.live::<R>().await?.load(tenant.as_str(), id).await {
            // Its events are there. The operator finds it parked, and has it made anew.
            Err(error @ ViewError::Unreadable { .. }) => {
                tracing::error!(error = chain(&error), "the answer is folded from the stream");
                Row::default()
            }
            other => other?,
        };
        if row.version == 0 || row.version < at_least.0 {
            let stream =
                StreamId::new(tenant.as_str(), R::SOURCE, id).map_err(event_store::StoreError::from)?;
            catch_up::<R>(&self.events, &stream, &mut row, u64::MAX).await.map_err(problem)?;
        }
        Ok(row)
    }
}

pub(super) fn problem(error: FoldError) -> Problem {
    match error {
        FoldError::Store(error) => error.into(),
        FoldError::UnknownEvent(_) | FoldError::Panicked { .. } => Problem::hiding(Kind::INTERNAL, &error),
    }
}

impl AtLeast {
    /// Nor what the caller has seen before.
    pub(super) fn and(self, known: &IfNoneMatch) -> Self {
        Self(self.0.max(known.newest().unwrap_or_default()))
    }
}
