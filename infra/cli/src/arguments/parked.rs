use std::str::FromStr;

use clap::{ArgGroup, Args, Subcommand};
use event_store::{InvalidStreamId, StreamId};

use super::Backend;

#[derive(Debug, Subcommand)]
pub(crate) enum Parked {
    /// List what is set aside
    #[command(after_help = "Example: rollcall parked list --projection user_directory")]
    List {
        /// Only what is set aside for this projection
        #[arg(long)]
        projection: Option<String>,
        /// Where to go on, as the list before said
        #[arg(long)]
        cursor: Option<String>,
        #[command(flatten)]
        backend: Backend,
    },
    /// Show why an aggregate is set aside
    #[command(after_help = "Example: rollcall parked show user_directory demo#user#$ID")]
    Show {
        #[command(flatten)]
        of: OfParked,
        #[command(flatten)]
        backend: Backend,
    },
    /// Try an aggregate once more, or all that are set aside for a projection; a row that cannot be read is made anew
    #[command(
        group = ArgGroup::new("which").args(["stream", "all"]).required(true),
        after_help = "Example: rollcall parked retry user_directory --all"
    )]
    Retry {
        projection: String,
        /// {tenant}#{aggregate}#{id}, as it is listed
        stream: Option<Stream>,
        /// Whatever is set aside for the projection
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        backend: Backend,
    },
}

#[derive(Debug, Args)]
pub(crate) struct OfParked {
    pub projection: String,
    /// {tenant}#{aggregate}#{id}, as it is listed
    pub stream: Stream,
}

/// The name of a stream.
#[derive(Clone, Debug)]
pub(crate) struct Stream(pub StreamId);

impl FromStr for Stream {
    type Err = InvalidStreamId;

    fn from_str(text: &str) -> Result<Self, InvalidStreamId> {
        StreamId::parse(text).map(Self)
    }
}
