use cqrs_es::Aggregate;

use crate::{Commit, CorruptCommit};

/// A stream folded up to one of its commits.
#[derive(Clone)]
pub(crate) struct Position<A> {
    pub(crate) state: A,
    pub(crate) commit: u64,
    pub(crate) sequence: u64,
}

impl<A: Aggregate> Position<A> {
    /// Before the first commit.
    pub(crate) fn start() -> Self {
        Self { state: A::default(), commit: 0, sequence: 0 }
    }

    /// Applies the stream's next commit. A commit that is not the next one is never skipped over: a
    /// decision on a state with a hole in it would look like any other.
    pub(crate) fn advance(&mut self, commit: &Commit) -> Result<(), CorruptCommit> {
        if commit.number != self.commit + 1 {
            return Err(commit.corrupt(format!("it follows commit {}", self.commit)));
        }
        if commit.first_sequence != self.sequence + 1 {
            return Err(commit.corrupt(format!("its first event follows event {}", self.sequence)));
        }
        for event in commit.decode()? {
            self.state.apply(event);
        }
        self.commit = commit.number;
        self.sequence = commit.last_sequence();
        Ok(())
    }
}
