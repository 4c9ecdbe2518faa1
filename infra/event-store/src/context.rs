use chrono::{DateTime, Utc};

/// Who caused a commit and in which connection; stored once per commit.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Metadata {
    /// Who sent the command: a person or a service.
    pub actor: String,
    /// The same for everything that follows from one request.
    pub correlation_id: String,
    /// The message that this command answers, if any.
    pub causation_id: Option<String>,
    /// W3C trace context, so that a trace goes on behind the stream.
    pub traceparent: Option<String>,
}

/// Everything about one command that is not the command.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CommandContext {
    /// Whose aggregate it is; the first part of the [stream's name](crate::StreamId).
    pub tenant: String,
    /// Names the command within its stream; not empty. Sent again, it answers as the first time and appends
    /// nothing, as far back as the stream remembers its commands: all of them without snapshots; with
    /// snapshots the last 64 before the newest one and all since then. A create, sent with `assume_new`, is
    /// always recognised. A command that recorded no event leaves no trace and is decided afresh.
    pub command_id: String,
    /// A hash of the command; the same id with another fingerprint is refused.
    pub fingerprint: [u8; 32],
    /// When the command is carried out; becomes the commit's time, in milliseconds.
    pub at: DateTime<Utc>,
    /// Who caused the command.
    pub metadata: Metadata,
    /// The commit that the caller has seen (`If-Match`). When the stream stands elsewhere, the command
    /// is not decided. 0 asks for a stream that does not exist yet.
    pub expected_commit: Option<u64>,
    /// Decide on the empty state first and read nothing: for a create, whose stream is new nearly
    /// always. Only a hint about the price. If the stream exists, or the empty state leads to a
    /// rejection or to no events, the store looks and decides again.
    pub assume_new: bool,
}
