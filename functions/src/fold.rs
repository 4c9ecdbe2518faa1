//! Commits into rows: for the projector, and for queries that are ahead of it.

use cqrs_es::DomainEvent;
use event_store::{Commit, CorruptCommit, DynamoEventStore, StoreError, StreamId};
use futures_util::FutureExt as _;
use projections::{Applied, Facts, ReadModel, Row};

use crate::history;

/// What is missing in a row could not be folded in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FoldError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Undecodable(#[from] CorruptCommit),
}

/// Folds commits in, in their order, as far as they follow each other.
pub(crate) fn fold<R: ReadModel>(
    row: &mut Row<R::View>,
    commits: &[Commit],
) -> Result<Applied, CorruptCommit> {
    for commit in commits {
        if row.apply::<R>(&facts(commit)?) == Applied::Gap {
            return Ok(Applied::Gap);
        }
    }
    Ok(Applied::Applied)
}

/// Folds in everything that the stream holds beyond the row.
pub(crate) async fn catch_up<R: ReadModel>(
    events: &DynamoEventStore,
    stream: &StreamId,
    row: &mut Row<R::View>,
) -> Result<(), FoldError> {
    let missing = events.commits_after(stream, row.version).boxed().await?;
    fold::<R>(row, &missing)?;
    Ok(())
}

fn facts<E: DomainEvent>(commit: &Commit) -> Result<Facts<E>, CorruptCommit> {
    Ok(Facts {
        id: commit.stream.id().into(),
        commit: commit.number,
        committed_at: commit.at,
        events: commit.decode(history::upcasters())?,
    })
}
