use cqrs_es::Aggregate;

use crate::{Upcasters, entry::Entry, head::Head, window::Window};

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
    ///
    /// # Errors
    /// What is wrong with the commit.
    pub(crate) fn advance(&mut self, entry: &Entry, upcasters: &Upcasters) -> Result<(), String> {
        if entry.head.number != self.commit() + 1 {
            return Err(format!("it follows commit {}", self.commit()));
        }
        if entry.head.first_sequence != self.head.next_sequence() {
            return Err(format!("its first event follows event {}", self.head.next_sequence() - 1));
        }
        for event in entry.events(upcasters)? {
            self.state.apply(event);
        }
        self.window.remember(&entry.head.command_id);
        self.head = entry.head.clone();
        Ok(())
    }

    /// The position after a commit of our own, to whose events `state` is what they lead to.
    pub(crate) fn followed_by(&self, commit: Head, state: A) -> Self {
        let mut window = self.window.clone();
        window.remember(&commit.command_id);
        Self { state, head: commit, snapshot: self.snapshot, window }
    }
}
