use std::time::Duration;

use clap::{ArgGroup, Args, Subcommand, ValueEnum};
use domain::UserId;

use super::{Data, values::age};

#[derive(Debug, Subcommand)]
pub(crate) enum Dlq {
    /// Count the dead letters, by what they are for and what they are still worth
    ///
    /// SQS has no way to look without receiving: the messages are received, hidden from everybody else for as
    /// long as the look takes (two minutes at most, if it is interrupted), and shown again. That counts as a
    /// receive of each. A dead-letter queue has no dead-letter queue of its own, so none is lost by it.
    #[command(after_help = "Example: rollcall dlq list --queue steps")]
    List(Look),
    /// Show dead letters one by one: ids, how often and since when they failed, and what they are still worth
    ///
    /// What a message is worth is asked of the user's stream, of the replay job, or of the import: pending (there is something to
    /// do), done, or late (delivered again, it changes nothing). Bodies are not shown: a mail report holds
    /// addresses. It looks as `dlq list` does: each message is received once more, and hidden while it is read.
    #[command(after_help = "Example: rollcall dlq show --queue steps --limit 20")]
    Show {
        /// Only this message
        #[arg(value_name = "MESSAGE")]
        id: Option<String>,
        #[command(flatten)]
        look: Look,
    },
    /// Send dead letters back to the queue that they failed on
    ///
    /// All of a queue are moved by SQS itself (StartMessageMoveTask). Selected ones are sent first and deleted
    /// then, one by one: if a deletion fails, the message is on both queues, and the next redrive sends it once
    /// more. That is harmless, because whoever takes a step asks the user's stream whether it is still wanted.
    /// Ends with 1 when a message could not be sent or deleted, or when a message that was named is not there.
    #[command(after_help = "Example: rollcall dlq redrive --queue steps --older-than 2h --dry-run")]
    Redrive(Redrive),
}

#[derive(Debug, Args)]
pub(crate) struct Redrive {
    /// Only this message; may be repeated
    #[arg(long = "message", value_name = "ID")]
    pub messages: Vec<String>,
    /// Only what is for this user
    #[arg(long, value_name = "ID")]
    pub user: Option<UserId>,
    /// Only what was sent longer ago than this: 90s, 30m, 2h, 3d
    #[arg(long, value_name = "AGE", value_parser = age)]
    pub older_than: Option<Duration>,
    /// Show what would be sent, and send nothing
    #[arg(long)]
    pub dry_run: bool,
    /// How many messages a second
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=500))]
    pub rate: u16,
    #[command(flatten)]
    pub on: Queues,
}

impl Redrive {
    /// Whether some are left where they are.
    pub(crate) fn selects(&self) -> bool {
        !self.messages.is_empty() || self.user.is_some() || self.older_than.is_some()
    }
}

#[derive(Debug, Args)]
pub(crate) struct Look {
    /// How many messages of a queue are read at most
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    pub limit: usize,
    #[command(flatten)]
    pub on: Queues,
}

/// Which dead-letter queues, and where. On AWS, region and credentials come from AWS's own environment
/// variables and files.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("account").args(["stack", "queue_url"]))]
pub(crate) struct Queues {
    /// Only the dead letters of this queue (of all by default)
    #[arg(long, conflicts_with = "queue_url")]
    pub queue: Option<QueueName>,
    #[command(flatten)]
    pub data: Data,
    /// Not `rollcall dev`, but the queues and tables of this CloudFormation stack
    #[arg(long, value_name = "NAME")]
    pub stack: Option<String>,
    /// Not `rollcall dev`, but this queue on AWS; the streams are asked if EVENTS_TABLE, VIEWS_TABLE and IMPORTS_TABLE are set
    #[arg(long, value_name = "URL", requires = "dead_queue_url")]
    pub queue_url: Option<String>,
    /// The dead-letter queue of --queue-url
    #[arg(long, value_name = "URL", requires = "queue_url")]
    pub dead_queue_url: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum QueueName {
    Steps,
    Replays,
    Imports,
    Deliveries,
}

impl QueueName {
    pub(crate) const ALL: [Self; 4] = [Self::Steps, Self::Replays, Self::Imports, Self::Deliveries];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Steps => "steps",
            Self::Replays => "replays",
            Self::Imports => "imports",
            Self::Deliveries => "deliveries",
        }
    }
}
