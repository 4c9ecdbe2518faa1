use cqrs_es::Aggregate;

use crate::{Commit, CorruptCommit, Upcasters, head::Head, window::Window};

/// A stream folded up to one of its commits.
#[derive(Clone)]
pub(crate) struct Position<A> {
    pub(crate) state: A,
    pub(crate) head: Head,
    /// The last commit that is known to hold a snapshot which can be used; 0 if there is none.
    pub(crate) snapshot: u64,
    pub(crate) window: Window,
}

impl<A: Aggregate> Position<A> {
    /// Before the first commit.
    pub(crate) fn start() -> Self {
        Self { state: A::default(), head: Head::none(), snapshot: 0, window: Window::default() }
    }

    pub(crate) fn commit(&self) -> u64 {
        self.head.number
    }

    /// Applies the stream's next commit. A commit that is not the next one is never skipped over: a
    /// decision on a state with a hole in it would look like any other.
    pub(crate) fn advance(&mut self, commit: &Commit, upcasters: &Upcasters) -> Result<(), CorruptCommit> {
        if commit.number != self.commit() + 1 {
            return Err(commit.corrupt(format!("it follows commit {}", self.commit())));
        }
        if commit.first_sequence != self.head.next_sequence() {
            let last = self.head.next_sequence() - 1;
            return Err(commit.corrupt(format!("its first event follows event {last}")));
        }
        for event in commit.decode(upcasters)? {
            self.state.apply(event);
        }
        self.arrive(commit);
        Ok(())
    }

    /// The position after a commit of our own, whose events `state` has seen while it was decided. They
    /// are not applied again.
    pub(crate) fn followed_by(&self, commit: &Commit, state: A) -> Self {
        let (snapshot, window) = (self.snapshot, self.window.clone());
        let mut next = Self { state, head: self.head.clone(), snapshot, window };
        next.arrive(commit);
        next
    }

    fn arrive(&mut self, commit: &Commit) {
        self.head = Head::of(commit);
        self.window.remember(&commit.command_id);
    }
}
