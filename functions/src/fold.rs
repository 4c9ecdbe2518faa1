//! Commits into rows: for the projector, and for queries that are ahead of it.

use std::{
    cmp::Ordering,
    panic::{AssertUnwindSafe, catch_unwind},
};

use cqrs_es::DomainEvent;
use event_store::{Commit, CorruptCommit, DynamoEventStore, StoreError, StreamId};
use futures_util::TryStreamExt as _;
use projections::{Applied, Facts, ReadModel, Row};

use crate::history;

/// What is missing in a row could not be folded in. The row has everything that comes before it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FoldError {
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The commit holds an event that this code does not know.
    #[error(transparent)]
    UnknownEvent(#[from] CorruptCommit),
    #[error("the projection panicked at commit {commit}")]
    Panicked { commit: u64 },
}

/// Folds commits in, in their order, as far as they follow each other.
pub(crate) fn fold<R: ReadModel>(row: &mut Row<R::View>, commits: &[Commit]) -> Result<Applied, FoldError> {
    for commit in commits {
        if apply::<R>(row, commit)? == Applied::Gap {
            return Ok(Applied::Gap);
        }
    }
    Ok(Applied::Applied)
}

/// Folds in what the stream holds beyond the row, up to a commit, in the memory of one page of it.
pub(crate) async fn catch_up<R: ReadModel>(
    events: &DynamoEventStore,
    stream: &StreamId,
    row: &mut Row<R::View>,
    up_to: u64,
) -> Result<(), FoldError> {
    let mut missing = Box::pin(events.commits(stream, row.version));
    while row.version < up_to
        && let Some(commit) = missing.try_next().await?
    {
        apply::<R>(row, &commit)?;
    }
    Ok(())
}

/// A commit that is not the row's next is not even decoded: whoever wrote it in may know more events.
fn apply<R: ReadModel>(row: &mut Row<R::View>, commit: &Commit) -> Result<Applied, FoldError> {
    match commit.number.cmp(&(row.version + 1)) {
        Ordering::Less => return Ok(Applied::Duplicate),
        Ordering::Greater => return Ok(Applied::Gap),
        Ordering::Equal => {}
    }
    let facts = facts(commit)?;
    // A panic leaves the row as it was before this commit.
    let mut next = row.clone();
    let applied = catch_unwind(AssertUnwindSafe(|| next.apply::<R>(&facts)));
    let applied = applied.map_err(|_| FoldError::Panicked { commit: commit.number })?;
    *row = next;
    Ok(applied)
}

fn facts<E: DomainEvent>(commit: &Commit) -> Result<Facts<E>, CorruptCommit> {
    Ok(Facts {
        id: commit.stream.id().into(),
        commit: commit.number,
        committed_at: commit.at,
        events: commit.decode(history::upcasters())?,
    })
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use domain::role::RoleEvent;
    use event_store::{Metadata, RecordedEvent};
    use serde_json::json;

    use super::*;

    /// Counts roles that are created, and has a mistake in it.
    struct Faulty;

    impl ReadModel for Faulty {
        const NAME: &'static str = "faulty";
        const SOURCE: &'static str = "role";
        type Event = RoleEvent;
        type View = u64;

        fn project(view: &mut u64, event: &RoleEvent, _: &Facts<RoleEvent>) {
            *view += 1;
            match event {
                RoleEvent::Created { .. } => {}
                RoleEvent::Retired { .. } => panic!("nobody thought of this"),
            }
        }
    }

    fn commit(number: u64, event_type: &str, event_version: &str) -> Commit {
        let payload = match event_type {
            "role.created" => json!({ "role.created": { "name": "engineer" } }),
            _ => json!({ event_type: { "at": "2026-11-21T12:00:00Z" } }),
        };
        Commit {
            stream: StreamId::new("acme", "role", "engineer").unwrap(),
            number,
            first_sequence: number,
            at: DateTime::UNIX_EPOCH,
            events: vec![RecordedEvent {
                event_type: event_type.into(),
                event_version: event_version.into(),
                payload,
            }],
            metadata: Metadata::default(),
            command_id: "command-1".into(),
            fingerprint: [0; 32],
            id: uuid::Uuid::nil(),
        }
    }

    fn folded(commits: &[Commit]) -> (Result<Applied, FoldError>, Row<u64>) {
        let mut row = Row::default();
        (fold::<Faulty>(&mut row, commits), row)
    }

    #[test]
    fn a_panic_leaves_the_row_as_it_was_before_the_commit() {
        let (done, row) = folded(&[commit(1, "role.created", "2"), commit(2, "role.retired", "1")]);
        assert!(matches!(done, Err(FoldError::Panicked { commit: 2 })), "{done:?}");
        assert_eq!(row, Row { version: 1, view: 1 });
    }

    #[test]
    fn what_comes_before_an_unknown_event_is_folded_in() {
        let (done, row) = folded(&[commit(1, "role.created", "2"), commit(2, "role.sold", "1")]);
        assert!(matches!(done, Err(FoldError::UnknownEvent(CorruptCommit { commit: 2, .. }))), "{done:?}");
        assert_eq!(row.version, 1);
    }

    #[test]
    fn a_duplicate_is_not_even_decoded() {
        let mut row = Row { version: 2, view: 1 };
        let done = fold::<Faulty>(&mut row, &[commit(2, "role.sold", "1")]);
        assert!(matches!(done, Ok(Applied::Applied)), "{done:?}");
        assert_eq!(row, Row { version: 2, view: 1 });
    }
}
