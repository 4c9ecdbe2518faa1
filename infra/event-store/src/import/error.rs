use crate::{Commit, StoreError, StreamId};

/// Why a stream was not put into the table, or not all of it. No message holds an event's payload.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The commit is of another stream.
    #[error("it is of another stream, {stream}")]
    OtherStream {
        /// Whose it is.
        stream: StreamId,
    },
    /// A commit is missing, or comes twice.
    #[error("commit {commit} does not follow commit {after}")]
    NotNext {
        /// The one that came.
        commit: u64,
        /// The one before it; 0 at the beginning.
        after: u64,
    },
    /// The commit is none that the store would have written.
    #[error("commit {commit} cannot be: {reason}")]
    Invalid {
        /// Its number.
        commit: u64,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// There is another commit in its place, or one is missing where later ones are.
    #[error("commit {commit} of {stream} is another one in the table")]
    Differs {
        /// Its stream.
        stream: StreamId,
        /// Its number.
        commit: u64,
    },
    /// [`StoreError::Corrupt`] for events that this program does not know, or that do not follow those
    /// before them; [`StoreError::CommitTooLarge`]; [`StoreError::ClaimTaken`]; or DynamoDB's errors.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What the store itself sees to when it writes.
pub(super) fn check(stream: &StreamId, commit: &Commit) -> Result<(), ImportError> {
    if commit.stream != *stream {
        return Err(ImportError::OtherStream { stream: commit.stream.clone() });
    }
    let reason = if commit.events.is_empty() {
        "it has no events"
    } else if commit.events.iter().any(|event| event.event_version.contains('@')) {
        "an event's version contains '@', which separates type and version"
    } else if commit.command_id.is_empty() {
        "it names no command"
    } else if !commit.at.timestamp_subsec_nanos().is_multiple_of(1_000_000) {
        "its time is not in whole milliseconds"
    } else {
        return Ok(());
    };
    Err(ImportError::Invalid { commit: commit.number, reason })
}
