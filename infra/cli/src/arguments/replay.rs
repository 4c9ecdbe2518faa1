use clap::{Args, Subcommand};

use super::{
    Backend, Rate,
    values::{percent, rate, segment},
};

#[derive(Debug, Subcommand)]
pub(crate) enum Replay {
    /// Build a read model anew from the events, beside the one that queries are answered from
    #[command(after_help = "Example: rollcall replay start user_directory --verify all --promote --watch")]
    Start {
        /// The read model
        projection: String,
        /// Into how many segments the table is divided, each worked on for itself
        #[arg(long, value_name = "N")]
        segments: Option<u32>,
        /// How many items a second it may read (as many as it can by default)
        #[arg(long, value_name = "N")]
        rate: Option<u32>,
        /// Of a hundred rows, how many are compared with a fresh fold of the events before queries see any
        #[arg(long, value_name = "PERCENT|all", value_parser = percent)]
        verify: Option<u8>,
        /// Let queries be answered from it as soon as it is verified
        #[arg(long)]
        promote: bool,
        /// Show what would be read and written and what that costs, and start nothing
        #[arg(long, conflicts_with = "watch")]
        dry_run: bool,
        /// Follow it until it rests
        #[arg(long)]
        watch: bool,
        #[command(flatten)]
        backend: Backend,
    },
    /// List replays, the newest first
    #[command(after_help = "Example: rollcall replay list")]
    List {
        #[command(flatten)]
        backend: Backend,
    },
    /// Show one replay and how far its segments are
    #[command(after_help = "Example: rollcall replay status user_directory-2")]
    Status(OnReplay),
    /// Follow a replay until it rests; ends with 1 if rows are not as they should be
    #[command(after_help = "Example: rollcall replay watch user_directory-2")]
    Watch(OnReplay),
    /// Say how fast a replay may be from now on
    #[command(after_help = "Example: rollcall replay limit user_directory-2 500")]
    Limit {
        #[command(flatten)]
        on: OnReplay,
        /// Items a second, or none for as many as it can
        #[arg(value_name = "RATE|none", value_parser = rate)]
        rate: Rate,
    },
    /// Let queries be answered from what a verified replay has built
    #[command(after_help = "Example: rollcall replay promote user_directory-2")]
    Promote(Switch),
    /// Let queries be answered from what was there before the replay
    #[command(after_help = "Example: rollcall replay rollback user_directory-2")]
    Rollback(Switch),
    /// Delete what a promoted replay has replaced; there is no way back to it then
    #[command(after_help = "Example: rollcall replay finish user_directory-2")]
    Finish(OnReplay),
    /// Give up a replay, and delete what it has built
    #[command(after_help = "Example: rollcall replay cancel user_directory-2")]
    Cancel(OnReplay),
}

/// Which replay, and where.
#[derive(Debug, Args)]
pub(crate) struct OnReplay {
    #[arg(value_parser = segment)]
    pub id: String,
    #[command(flatten)]
    pub backend: Backend,
}

/// What queries are answered from is about to change.
#[derive(Debug, Args)]
pub(crate) struct Switch {
    #[command(flatten)]
    pub on: OnReplay,
    /// Do not wait the few seconds until every query is answered from it
    #[arg(long)]
    pub no_wait: bool,
}
