use uuid::Uuid;

use crate::{Commit, Receipt, StreamId};

/// What is remembered of a stream's last commit: enough to answer for its command.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Head {
    pub(crate) number: u64,
    pub(crate) first_sequence: u64,
    pub(crate) events: usize,
    pub(crate) id: Uuid,
    pub(crate) command_id: String,
    pub(crate) fingerprint: [u8; 32],
}

impl Head {
    /// Before the first commit.
    pub(crate) fn none() -> Self {
        Self {
            number: 0,
            first_sequence: 1,
            events: 0,
            id: Uuid::nil(),
            command_id: String::new(),
            fingerprint: [0; 32],
        }
    }

    pub(crate) fn of(commit: &Commit) -> Self {
        Self {
            number: commit.number,
            first_sequence: commit.first_sequence,
            events: commit.events.len(),
            id: commit.id,
            command_id: commit.command_id.clone(),
            fingerprint: commit.fingerprint,
        }
    }

    /// Where the stream's next event will stand.
    pub(crate) fn next_sequence(&self) -> u64 {
        self.first_sequence + self.events as u64
    }

    /// For the command of this commit.
    pub(crate) fn receipt(&self, stream: &StreamId, duplicate: bool) -> Receipt {
        Receipt {
            stream: stream.clone(),
            commit: self.number,
            first_sequence: self.first_sequence,
            events: self.events,
            duplicate,
        }
    }

    /// For a command that recorded nothing on top of it.
    pub(crate) fn receipt_of_nothing(&self, stream: &StreamId) -> Receipt {
        Receipt {
            stream: stream.clone(),
            commit: self.number,
            first_sequence: self.next_sequence(),
            events: 0,
            duplicate: false,
        }
    }
}
