use crate::{CorruptCommit, InvalidStreamId};

/// Any other error, boxed.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Why a command was not answered with a receipt.
#[derive(Debug, thiserror::Error)]
pub enum ExecuteError<E> {
    /// The aggregate refused the command.
    #[error("{0}")]
    Rejected(E),
    /// The store could not carry it out.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What can go wrong between the store and its caller. No message holds an event's payload or a
/// claimed value.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another stream of the tenant holds a value that the command would have taken. Should the SDK have
    /// given up a try of the request before, without an answer, and should that one arrive after the value
    /// was released, the command is carried out after all.
    #[error("another stream holds this {kind}")]
    ClaimTaken {
        /// The kind of the claim.
        kind: String,
    },
    /// The stream knows this command id from another command.
    #[error("command id {command_id:?} has been used for another command")]
    CommandReused {
        /// The id in question.
        command_id: String,
    },
    /// The stream stands elsewhere than the caller expected.
    #[error("the stream is at commit {actual}, not {expected}")]
    VersionMismatch {
        /// The commit that the caller named.
        expected: u64,
        /// The last commit there is.
        actual: u64,
    },
    /// Other writers were faster each time.
    #[error("{attempts} attempts to commit were overtaken by other writers")]
    Contention {
        /// How many there were.
        attempts: u32,
    },
    /// A transaction on the same items was in the way each time.
    #[error("{attempts} attempts to commit met another transaction")]
    TransactionConflict {
        /// How many attempts there were.
        attempts: u32,
    },
    /// The stream is the last member of a roster that the command would have left. Nothing was written.
    /// Should the SDK have given up a try of the request before, without an answer, and should that one arrive
    /// after another stream joined, the command is carried out after all.
    #[error("the last member of the roster {roster} cannot leave it")]
    LastMember {
        /// The name of the roster.
        roster: String,
    },
    /// The command changes more claims and rosters than fit in one transaction. Nothing was written.
    #[error("a commit that changes {claims} claims and rosters is over the limit of {limit}")]
    TooManyClaims {
        /// How many it changes, rosters included.
        claims: usize,
        /// How many it may change.
        limit: usize,
    },
    /// The command records more than fits in one item, or in memory as text. Nothing was written.
    #[error("a commit of {bytes} bytes is over the limit of {limit}")]
    CommitTooLarge {
        /// The size of the item, compressed and without a snapshot; or of the events as text.
        bytes: usize,
        /// How large that may be.
        limit: usize,
    },
    /// A stored stream is not as the store wrote it, or not as this program understands it.
    #[error("stream {stream} is corrupt at commit {commit}: {reason}")]
    Corrupt {
        /// The partition key.
        stream: String,
        /// The commit number; 0 for a claim or a roster.
        commit: u64,
        /// Names attributes and event types, never what is in them.
        reason: String,
    },
    /// The aggregate's id, tenant or type cannot name a stream. Nothing was sent.
    #[error(transparent)]
    InvalidStreamId(#[from] InvalidStreamId),
    /// The name is empty, or so long that with its tenant it is longer than a partition key (2,048 bytes), or
    /// contains `#`, `!` or a control character. Nothing was written.
    #[error("{roster:?} cannot be the name of a roster")]
    InvalidRoster {
        /// The name.
        roster: String,
    },
    /// DynamoDB is being asked for more than it gives now.
    #[error("throttled: {code}")]
    Throttled {
        /// DynamoDB's name for it.
        code: String,
    },
    /// The aggregate recorded an event that cannot be stored. Nothing was written.
    #[error("an event of type {event_type} cannot be recorded: {reason}")]
    InvalidEvent {
        /// [`DomainEvent::event_type`](cqrs_es::DomainEvent::event_type).
        event_type: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The context names no command. Every command without an id would be the same command.
    #[error("a command needs an id")]
    NoCommandId,
    /// No answer in time. A write may have happened; repeating the command is safe.
    #[error("DynamoDB did not answer in time")]
    TimedOut {
        /// What the client says.
        source: BoxError,
    },
    /// No answer, or a server error. A write may have happened; repeating the command is safe.
    #[error("DynamoDB did not answer")]
    Unavailable {
        /// What the client says.
        source: BoxError,
    },
    /// DynamoDB will not do this however often it is asked: access denied, missing table, bad request.
    /// Nothing came of this request; a try of it before, repeated by the SDK for want of an answer, may have
    /// landed all the same.
    #[error("DynamoDB refused the request: {code}: {message}")]
    Refused {
        /// DynamoDB's name for it.
        code: String,
        /// What DynamoDB says about it.
        message: String,
    },
}

impl StoreError {
    /// Whether the same command may well succeed a moment later. Repeating it is always safe.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::Contention { .. }
            | Self::TransactionConflict { .. }
            | Self::Throttled { .. }
            | Self::TimedOut { .. }
            | Self::Unavailable { .. } => true,
            Self::ClaimTaken { .. }
            | Self::LastMember { .. }
            | Self::CommandReused { .. }
            | Self::VersionMismatch { .. }
            | Self::TooManyClaims { .. }
            | Self::CommitTooLarge { .. }
            | Self::Corrupt { .. }
            | Self::InvalidStreamId(_)
            | Self::InvalidRoster { .. }
            | Self::InvalidEvent { .. }
            | Self::NoCommandId
            | Self::Refused { .. } => false,
        }
    }
}

impl From<CorruptCommit> for StoreError {
    fn from(CorruptCommit { stream, commit, reason }: CorruptCommit) -> Self {
        Self::Corrupt { stream, commit, reason }
    }
}

impl<E> From<InvalidStreamId> for ExecuteError<E> {
    fn from(invalid: InvalidStreamId) -> Self {
        Self::Store(invalid.into())
    }
}
