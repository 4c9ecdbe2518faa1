//! What is drawn.

use std::fmt;

use crate::account::Command;

#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) processes: Vec<Process>,
    pub(crate) writers: Vec<Writer>,
    /// When it is used up, everything is delivered, oldest first.
    pub(crate) steps: Vec<Step>,
    /// How often the SDK tries a request before the store hears of a failure.
    pub(crate) tries: u32,
    /// Whether accounts are on rosters. Many a close is refused then.
    pub(crate) enrolling: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Process {
    /// How many accounts it remembers.
    pub(crate) cache: Option<usize>,
    pub(crate) snapshots: Option<Snapshotting>,
}

/// While a new version is rolled out, processes differ in the version of the state, too.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Snapshotting {
    pub(crate) state_version: u32,
    pub(crate) every: u32,
}

/// Sends its orders one after the other. Writers of one process share what it remembers.
#[derive(Clone, Debug)]
pub(crate) struct Writer {
    pub(crate) process: usize,
    pub(crate) orders: Vec<Order>,
}

/// A command as a writer sends it.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) account: &'static str,
    pub(crate) command_id: String,
    pub(crate) fingerprint: u8,
    pub(crate) command: Command,
    pub(crate) expecting: Expecting,
    pub(crate) assume_new: bool,
    /// How often it is sent again at once, as long as the error says that it may be.
    pub(crate) repeats: u32,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Expecting {
    Anything,
    /// The commit of the last answer that this writer got for the account.
    Seen,
    Commit(u64),
}

/// Lets one request through the gate.
#[derive(Clone, Copy)]
pub(crate) struct Step {
    /// Which one, counted round those that wait.
    pub(crate) pick: usize,
    pub(crate) fate: Fate,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fate {
    Deliver,
    /// It arrives, and its reply waits at the gate in its turn.
    HoldReply,
    /// It arrives and is carried out, but no reply comes back.
    LoseReply,
    NeverArrive,
    /// The sender gives up on it, and it waits at the gate still.
    ArriveLate,
    /// It is answered on the way.
    Answer(Trouble),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Trouble {
    Throttled,
    ThroughputExceeded,
    Conflict,
    ServerError,
}

impl fmt::Debug for Step {
    /// In one line: there are many.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pick, fate } = self;
        f.write_str(&format!("{pick} {fate:?}"))
    }
}
