use crate::{Cost, StreamId};

/// What the writer of a command gets back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Receipt {
    /// Where the command was carried out.
    pub stream: StreamId,
    /// The number of the stream's last commit after this command. A reader that brings it can tell
    /// whether a view has seen the command.
    pub commit: u64,
    /// The number of the command's first event within the stream; where the next event would stand if
    /// it recorded none.
    pub first_sequence: u64,
    /// How many events it recorded. 0: nothing was written.
    pub events: usize,
    /// The command had been carried out before; this is the receipt of that time.
    pub duplicate: bool,
}

/// A command that was carried out.
#[derive(Clone, PartialEq, Debug)]
pub struct Executed<A> {
    /// The aggregate after the command; for a duplicate, as it was after the original commit.
    pub state: A,
    /// Where its events stand.
    pub receipt: Receipt,
    /// Of all attempts together.
    pub cost: Cost,
    /// How often it was decided again, because another writer or a transaction was in the way.
    pub retries: u32,
}

/// An aggregate as its stream has it.
#[derive(Clone, PartialEq, Debug)]
pub struct Loaded<A> {
    /// All of its events, folded.
    pub state: A,
    /// The number of the last commit; 0 when there is no such stream.
    pub commit: u64,
    /// The number of the last event; 0 when there is no such stream.
    pub sequence: u64,
    /// Of reading it.
    pub cost: Cost,
}
