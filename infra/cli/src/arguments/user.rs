use clap::{ArgGroup, Args, Subcommand};

use super::{
    Backend, Expiry, Giving,
    values::{expiry, segment},
};

#[derive(Debug, Subcommand)]
pub(crate) enum User {
    /// Create a user and start provisioning
    #[command(
        after_help = "Example: rollcall user create --user-name alice --display-name Alice --email alice@example.com --role engineer"
    )]
    Create {
        #[arg(long)]
        user_name: String,
        #[arg(long)]
        display_name: String,
        #[arg(long)]
        email: String,
        /// Role to link; may be repeated
        #[arg(long = "role", value_name = "ROLE")]
        roles: Vec<String>,
        /// Idempotency-Key: the same key creates the same user (one of its own by default)
        #[arg(long)]
        key: Option<String>,
        /// Wait so long for provisioning (20 seconds at most)
        #[arg(long, value_name = "SECONDS")]
        wait: Option<u8>,
        #[command(flatten)]
        giving: Giving,
    },
    /// List users, all but the deleted
    #[command(after_help = "Example: rollcall user list --search ali --sort -createdAt")]
    List {
        /// provisioning, pending_confirmation, active, inactive, provisioning_failed, expired or deleted
        #[arg(long)]
        status: Option<String>,
        #[arg(long)]
        role: Option<String>,
        /// The address, or one that waits for its confirmation
        #[arg(long)]
        email: Option<String>,
        /// What the user name, an address or a word of the display name begins with
        #[arg(long, value_name = "TEXT")]
        search: Option<String>,
        /// userName, email or createdAt, or one of them with - before it (by id by default)
        #[arg(long, allow_hyphen_values = true)]
        sort: Option<String>,
        #[arg(long)]
        limit: Option<u32>,
        /// Where to go on, as the list before said
        #[arg(long)]
        cursor: Option<String>,
        #[command(flatten)]
        backend: Backend,
    },
    /// Count users by status
    #[command(after_help = "Example: rollcall user summary")]
    Summary(Backend),
    /// Show one user and how far provisioning got, now or at an earlier time
    // `--version` is the user's here, not the program's.
    #[command(disable_version_flag = true, after_help = "Example: rollcall user show $ID --version 3")]
    Show {
        #[arg(value_parser = segment)]
        id: String,
        #[command(flatten)]
        as_of: AsOf,
        #[command(flatten)]
        backend: Backend,
    },
    /// Show who did what to a user and when, mails included, the newest first
    #[command(after_help = "Example: rollcall user timeline $ID --oldest-first")]
    Timeline {
        #[arg(value_parser = segment)]
        id: String,
        /// Begin with the creation
        #[arg(long)]
        oldest_first: bool,
        /// How many commits to show; what one command did stays together
        #[arg(long)]
        limit: Option<u32>,
        /// Where to go on, as the timeline before said
        #[arg(long)]
        cursor: Option<String>,
        #[command(flatten)]
        backend: Backend,
    },
    /// Follow provisioning until there is nothing left for the system to do
    #[command(after_help = "Example: rollcall user watch $ID")]
    Watch {
        #[arg(value_parser = segment)]
        id: String,
        #[command(flatten)]
        backend: Backend,
    },
    /// Change what a user is called
    #[command(
        group = ArgGroup::new("names").args(["user_name", "display_name"]).required(true).multiple(true),
        after_help = "Example: rollcall user rename $ID --display-name Alice"
    )]
    Rename {
        #[arg(long)]
        user_name: Option<String>,
        #[arg(long)]
        display_name: Option<String>,
        #[command(flatten)]
        on: OnUser,
    },
    /// Give a user another e-mail address; a confirmed one stays until the new one is confirmed, too
    #[command(after_help = "Example: rollcall user email $ID alice@example.org")]
    Email {
        #[command(flatten)]
        on: OnUser,
        address: String,
    },
    /// Give a user a role
    #[command(after_help = "Example: rollcall user grant $ID engineer")]
    Grant {
        #[command(flatten)]
        on: OnUser,
        #[arg(value_parser = segment)]
        role: String,
    },
    /// Take a role from a user
    #[command(after_help = "Example: rollcall user revoke $ID engineer")]
    Revoke {
        #[command(flatten)]
        on: OnUser,
        #[arg(value_parser = segment)]
        role: String,
    },
    /// Say when a user is shut off
    #[command(after_help = "Example: rollcall user expire $ID 2099-01-31")]
    Expire {
        #[command(flatten)]
        on: OnUser,
        /// A time (2027-01-31T18:00:00Z), a date (the day begins at 00:00 UTC, and the user is off on it), or
        /// never
        #[arg(value_parser = expiry)]
        time: Expiry,
    },
    /// Shut a user off, whatever is going on
    #[command(after_help = "Example: rollcall user deactivate $ID --reason security")]
    Deactivate {
        /// requested, left_organisation or security
        #[arg(long, default_value = "requested")]
        reason: String,
        #[command(flatten)]
        on: OnUser,
    },
    /// Let a user back in
    #[command(after_help = "Example: rollcall user reactivate $ID")]
    Reactivate(OnUser),
    /// Delete a user; their name and address are free at once
    #[command(after_help = "Example: rollcall user delete $ID --dry-run")]
    Delete(OnUser),
    /// Bring a deleted user back, shut off
    #[command(after_help = "Example: rollcall user restore $ID")]
    Restore(OnUser),
    /// Send a new confirmation; the link before it is dead
    #[command(after_help = "Example: rollcall user resend $ID")]
    Resend(OnUser),
    /// Try what has failed of provisioning again
    #[command(after_help = "Example: rollcall user retry $ID")]
    Retry(OnUser),
    /// Stop provisioning, undo what it did, and shut the user off
    #[command(after_help = "Example: rollcall user cancel $ID")]
    Cancel(OnUser),
}

/// Of when something is shown.
#[derive(Debug, Args)]
#[group(multiple = false)]
pub(crate) struct AsOf {
    /// As of this version, which is the number of a commit
    #[arg(long, value_name = "N")]
    pub version: Option<u64>,
    /// As of this time, such as 2026-11-21T12:00:00Z
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
}

/// Whom a command is for, and how it is given.
#[derive(Debug, Args)]
pub(crate) struct OnUser {
    #[arg(value_parser = segment)]
    pub id: String,
    /// Only if the user is still at this version (If-Match); whatever the version, if left out
    #[arg(long, value_name = "N")]
    pub if_version: Option<u64>,
    #[command(flatten)]
    pub giving: Giving,
}
