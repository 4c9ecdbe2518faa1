use event_store::{Commit, CorruptCommit, StoreError, StreamId};
use infra_aws::views::{Rows, ViewError};
use projections::{Applied, Generations, ReadModel};

use super::Projector;
use crate::{
    fold::{FoldError, catch_up, fold},
    stream::Group,
};

impl From<FoldError> for ProjectError {
    fn from(error: FoldError) -> Self {
        match error {
            FoldError::Store(error) => error.into(),
            FoldError::Undecodable(error) => error.into(),
        }
    }
}

/// Writers of one row are few: live delivery and its repetitions.
const MAX_RACES: usize = 5;

/// A commit could not be folded in. Delivering it again may help.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProjectError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    View(#[from] ViewError),
    /// Delivering it again will not help: the aggregate is parked for this read model.
    #[error(transparent)]
    Undecodable(#[from] CorruptCommit),
}

impl Projector {
    /// Folds one aggregate's commits of a batch into one read model, and writes the row of each generation once.
    pub(crate) async fn project<R: ReadModel>(
        &self,
        stream: &StreamId,
        group: &Group,
        generations: Generations,
    ) -> Result<(), ProjectError> {
        for generation in generations.written() {
            // The live generation is never ahead of the one beside it: who follows the pointer there must not
            // go back in time. So the first that fails ends it.
            self.project_into(&self.views.rows::<R>(generation), stream, group).await?;
        }
        Ok(())
    }

    async fn project_into<R: ReadModel>(
        &self,
        rows: &Rows<R>,
        stream: &StreamId,
        group: &Group,
    ) -> Result<(), ProjectError> {
        match self.fold_and_store(rows, stream, &group.commits).await {
            Err(ProjectError::Undecodable(error)) => self.park(rows, stream, &error.to_string()).await,
            Err(ProjectError::Store(error @ StoreError::Corrupt { .. })) => {
                self.park(rows, stream, &error.to_string()).await
            }
            Err(ProjectError::View(error @ ViewError::Unreadable { .. })) => {
                self.park(rows, stream, &error.to_string()).await
            }
            other => other,
        }
    }

    async fn fold_and_store<R: ReadModel>(
        &self,
        rows: &Rows<R>,
        stream: &StreamId,
        commits: &[Commit],
    ) -> Result<(), ProjectError> {
        for _ in 0..MAX_RACES {
            let read = rows.load(stream.tenant(), stream.id()).await?;
            let mut row = read.clone();
            if fold::<R>(&mut row, commits)? == Applied::Gap {
                catch_up::<R>(&self.events, stream, &mut row).await?;
            }
            if row.version == read.version {
                return Ok(());
            }
            match rows.store(stream.tenant(), stream.id(), &row, &read).await {
                // Another delivery of this aggregate was faster: look again at what is left to do.
                Err(ViewError::Changed) => {}
                other => return self.log_age::<R>(stream, commits, other),
            }
        }
        Err(ViewError::Changed.into())
    }

    fn log_age<R: ReadModel>(
        &self,
        stream: &StreamId,
        commits: &[Commit],
        stored: Result<(), ViewError>,
    ) -> Result<(), ProjectError> {
        if let (Ok(()), Some(last)) = (&stored, commits.last()) {
            let age_ms = (self.clock.now() - last.at).num_milliseconds();
            tracing::debug!(projection = R::NAME, %stream, commit = last.number, age_ms, "row written");
        }
        Ok(stored?)
    }
}
