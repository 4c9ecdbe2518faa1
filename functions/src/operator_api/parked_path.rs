use axum::{
    extract::{FromRequestParts, Path},
    http::request::Parts,
};
use event_store::StreamId;

use super::parked::{known, not_parked};
use crate::http::Problem;

/// The aggregate that the path names, and the projection that it is parked for. A path of names that no stream has
/// names none.
#[derive(Clone, Debug)]
pub(super) struct ParkedPath {
    pub projection: String,
    pub stream: StreamId,
}

/// The projection that the path names; `*` stands for what no read model is about.
#[derive(Clone, Debug)]
pub(super) struct ProjectionPath(pub String);

impl<S: Send + Sync> FromRequestParts<S> for ParkedPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        type Segments = Path<(String, String, String, String)>;
        let Path((projection, tenant, aggregate, id)) =
            Segments::from_request_parts(parts, state).await.map_err(|_| not_parked())?;
        known(&projection)?;
        let stream = StreamId::new(tenant, aggregate, id).map_err(|_| not_parked())?;
        Ok(Self { projection, stream })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for ProjectionPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path(projection) =
            Path::<String>::from_request_parts(parts, state).await.map_err(|_| not_parked())?;
        known(&projection)?;
        Ok(Self(projection))
    }
}
