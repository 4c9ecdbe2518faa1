use event_store::StreamId;
use futures_util::FutureExt as _;
use infra_aws::views::{Obstacle, Rows, Spoilt, ViewError};
use projections::{Generation, Generations, ReadModel, Row};

use super::{
    ProjectError, Projector,
    park::{Reached, contained, obstacle},
    project::MAX_RACES,
};
use crate::fold::catch_up;

/// What trying once more came to, for one generation of a read model.
#[derive(Clone, Debug)]
pub(crate) struct Retried {
    pub projection: &'static str,
    pub generation: Generation,
    pub live: bool,
    pub outcome: Outcome,
}

#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    /// The row has everything that the stream holds, up to this commit.
    Applied(u64),
    Parked(Obstacle),
}

/// What stands where a row belongs.
enum Found<V> {
    Row(Row<V>),
    Spoilt(Spoilt),
}

impl Projector {
    /// Folds an aggregate on from where its rows stand, in each generation that is kept, and makes a row that
    /// cannot be read anew. Parks it again where that leads to an obstacle.
    pub(crate) async fn retry<R: ReadModel>(
        &self,
        stream: &StreamId,
        generations: Generations,
    ) -> Result<Vec<Retried>, ProjectError> {
        let (mut retried, mut up_to) = (Vec::new(), u64::MAX);
        for generation in generations.written() {
            let rows = self.views.rows::<R>(generation);
            let bringing_up = self.bring_up(&rows, stream, up_to).boxed();
            let Reached { version, obstacle, .. } = contained(bringing_up).await?;
            let outcome = match obstacle {
                Some(obstacle) => {
                    self.park(&rows, stream, &obstacle).await?;
                    Outcome::Parked(obstacle)
                }
                None => {
                    self.views.unpark_up_to(R::NAME, generation, &stream.to_string(), version).await?;
                    up_to = version;
                    Outcome::Applied(version)
                }
            };
            let live = generation == generations.live;
            retried.push(Retried { projection: R::NAME, generation, live, outcome });
        }
        Ok(retried)
    }

    async fn bring_up<R: ReadModel>(
        &self,
        rows: &Rows<R>,
        stream: &StreamId,
        up_to: u64,
    ) -> Result<Reached, ProjectError> {
        let (tenant, id) = (stream.tenant(), stream.id());
        for _ in 0..MAX_RACES {
            let found = find(rows, tenant, id).await?;
            let read = match &found {
                Found::Row(row) => row.clone(),
                Found::Spoilt(_) => Row::default(),
            };
            let mut row = read.clone();
            let caught_up = catch_up::<R>(&self.events, stream, &mut row, up_to).await;
            let obstacle = caught_up.map_or_else(|error| obstacle(error).map(Some), |()| Ok(None))?;
            let reached = Reached::at(row.version, obstacle);
            if row.version == read.version {
                return Ok(reached);
            }
            let stored = match &found {
                Found::Row(read) => rows.store(tenant, id, &row, read).await,
                Found::Spoilt(read) => rows.replace(tenant, id, &row, read).await,
            };
            match stored {
                // The projector was faster: look again at what is left to do.
                Err(ViewError::Changed) => {}
                other => return Ok(other.map(|()| reached)?),
            }
        }
        Err(ViewError::Changed.into())
    }
}

async fn find<R: ReadModel>(rows: &Rows<R>, tenant: &str, id: &str) -> Result<Found<R::View>, ViewError> {
    match rows.load(tenant, id).await {
        Err(ViewError::Unreadable { .. }) => {
            Ok(rows.load_spoilt(tenant, id).await?.map_or_else(|| Found::Row(Row::default()), Found::Spoilt))
        }
        other => other.map(Found::Row),
    }
}
