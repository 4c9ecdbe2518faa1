use event_store::{StoreError, StreamId};
use futures_util::FutureExt as _;
use infra_aws::views::{Obstacle, Rows, ViewError};
use projections::{Applied, Generations, ReadModel, Row};

use super::{
    Projector, Tally,
    park::{Reached, contained, missing, obstacle, spoilt_row, unreadable},
};
use crate::{
    fold::{catch_up, fold},
    stream::Group,
};

/// Writers of one row are few: live delivery and its repetitions.
pub(super) const MAX_RACES: usize = 5;

/// A commit could not be folded in. Delivering it again may help.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProjectError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    View(#[from] ViewError),
}

impl Projector {
    /// Folds one aggregate's commits of a batch into one read model, and writes the row of each generation once.
    pub(crate) async fn project<R: ReadModel>(
        &self,
        stream: &StreamId,
        group: &Group,
        generations: Generations,
        tally: &mut Tally,
    ) -> Result<(), ProjectError> {
        // A gap in one of them is filled in all, to the end of the stream: a commit may wait there that nothing else
        // tells of.
        if !self.fold_into_all::<R>(stream, group, generations, false, tally).await? {
            self.fold_into_all::<R>(stream, group, generations, true, tally).await?;
        }
        Ok(())
    }

    /// Answers whether that is all, or `to_the_end` is wanted.
    async fn fold_into_all<R: ReadModel>(
        &self,
        stream: &StreamId,
        group: &Group,
        generations: Generations,
        to_the_end: bool,
        tally: &mut Tally,
    ) -> Result<bool, ProjectError> {
        let mut up_to = u64::MAX;
        for generation in generations.written() {
            // The live generation is never ahead of the one beside it: who follows the pointer there must not
            // go back in time. So the first that fails ends it, and none gets further than the one before.
            let rows = self.views.rows::<R>(generation);
            let folding = self.fold_and_store(&rows, stream, group, (up_to, to_the_end), tally).boxed();
            let Reached { version, obstacle, short } = contained(folding).await?;
            if short {
                return Ok(false);
            }
            match obstacle {
                Some(obstacle) => {
                    self.park(&rows, stream, &obstacle).await?;
                    tally.parked += 1;
                }
                None => up_to = version,
            }
        }
        Ok(true)
    }

    /// What comes before an obstacle is written.
    async fn fold_and_store<R: ReadModel>(
        &self,
        rows: &Rows<R>,
        stream: &StreamId,
        group: &Group,
        (up_to, to_the_end): (u64, bool),
        tally: &mut Tally,
    ) -> Result<Reached, ProjectError> {
        let (mut duplicates, mut met_gap) = (0, to_the_end);
        for _ in 0..MAX_RACES {
            let read = match rows.load(stream.tenant(), stream.id()).await {
                Err(error @ ViewError::Unreadable { .. }) => {
                    return Ok(Reached::at(0, Some(spoilt_row(&error))));
                }
                other => other?,
            };
            let mut row = read.clone();
            let (over_gap, obstacle) = self.fold_in::<R>(stream, group, (up_to, met_gap), &mut row).await?;
            met_gap = over_gap;
            if over_gap && up_to != u64::MAX && !to_the_end {
                return Ok(Reached { short: true, ..Reached::at(read.version, None) });
            }
            let reached = Reached::at(row.version, obstacle);
            duplicates = duplicates.max(group.commits.iter().filter(|c| c.number <= read.version).count());
            if row.version == read.version {
                tally.of(R::NAME).duplicates += duplicates as u64;
                return Ok(reached);
            }
            match rows.store(stream.tenant(), stream.id(), &row, &read).await {
                // Another delivery of this aggregate was faster: look again at what is left to do.
                Err(ViewError::Changed) => {}
                other => {
                    other?;
                    if over_gap && reached.obstacle.is_none() {
                        // Where an obstacle was, there is none any more. The row comes first: of a commit that waited
                        // behind it, nothing else tells.
                        let stream = stream.to_string();
                        self.views.unpark_up_to(R::NAME, rows.generation(), &stream, row.version).await?;
                    }
                    let of_model = tally.of(R::NAME);
                    of_model.ages.extend(self.age(group));
                    of_model.gaps_healed += u64::from(over_gap && reached.obstacle.is_none());
                    of_model.duplicates += duplicates as u64;
                    return Ok(reached);
                }
            }
        }
        Err(ViewError::Changed.into())
    }

    /// Folds the batch in and, where something is missing before it, or was before somebody else filled it, what the
    /// stream holds. Answers whether that was so, and what it came to a stop at.
    async fn fold_in<R: ReadModel>(
        &self,
        stream: &StreamId,
        group: &Group,
        (up_to, met_gap): (u64, bool),
        row: &mut Row<R::View>,
    ) -> Result<(bool, Option<Obstacle>), ProjectError> {
        let mut folded = fold::<R>(row, &group.commits);
        let in_the_way = |row: &Row<R::View>| group.unreadable.iter().find(|item| item.commit > row.version);
        let over_gap =
            met_gap || matches!(folded, Ok(Applied::Gap)) || (folded.is_ok() && in_the_way(row).is_some());
        if over_gap {
            let caught_up = catch_up::<R>(&self.events, stream, row, up_to).await;
            folded = caught_up.map(|()| Applied::Applied);
        }
        let last = group.commits.last().map_or(0, |last| last.number);
        let obstacle = match folded {
            Err(error) => Some(obstacle(error)?),
            Ok(_) if in_the_way(row).is_some() => in_the_way(row).map(unreadable),
            Ok(_) => (last > row.version).then(|| missing(row.version + 1)),
        };
        Ok((over_gap, obstacle))
    }

    /// Of a row that has just been written: the time since its last commit, in milliseconds.
    fn age(&self, group: &Group) -> Option<i64> {
        group.commits.last().map(|last| (self.clock.now() - last.at).num_milliseconds())
    }
}
