use clap::{Args, Subcommand};

use super::{Backend, Giving, values::segment};

#[derive(Debug, Subcommand)]
pub(crate) enum Webhook {
    /// Send what happens to an address, and print the secret that it is signed with
    #[command(
        after_help = "Example: rollcall webhook add https://example.com/hook --type user.created,user.deleted"
    )]
    Add {
        url: String,
        /// Only events of these types, such as user.created
        #[arg(long = "type", value_name = "TYPE,…", value_delimiter = ',')]
        types: Vec<String>,
        #[command(flatten)]
        giving: Giving,
    },
    /// List webhooks
    #[command(after_help = "Example: rollcall webhook list")]
    List {
        /// Where to go on, as the list before said
        #[arg(long)]
        cursor: Option<String>,
        #[command(flatten)]
        backend: Backend,
    },
    /// Show a webhook
    #[command(after_help = "Example: rollcall webhook show $ID")]
    Show {
        #[arg(value_parser = segment)]
        id: String,
        #[command(flatten)]
        backend: Backend,
    },
    /// Say anew where events are sent, or which
    #[command(after_help = "Example: rollcall webhook change $ID --type user.created")]
    Change {
        #[arg(value_parser = segment)]
        id: String,
        #[arg(long)]
        url: Option<String>,
        /// Only events of these types
        #[arg(long = "type", value_name = "TYPE,…", value_delimiter = ',')]
        types: Option<Vec<String>>,
        /// Events of all types
        #[arg(long, conflicts_with = "types")]
        all_types: bool,
        #[command(flatten)]
        giving: Giving,
    },
    /// Send what happens from now on
    #[command(after_help = "Example: rollcall webhook enable $ID")]
    Enable(OnWebhook),
    /// Send nothing any more, until it is enabled
    #[command(after_help = "Example: rollcall webhook disable $ID")]
    Disable(OnWebhook),
    /// Print a new secret; the old one signs beside it for a day
    #[command(after_help = "Example: rollcall webhook rotate $ID")]
    Rotate(OnWebhook),
    /// Delete a webhook
    #[command(after_help = "Example: rollcall webhook remove $ID")]
    Remove(OnWebhook),
    /// Send an event that did not happen
    #[command(after_help = "Example: rollcall webhook test $ID")]
    Test {
        #[arg(value_parser = segment)]
        id: String,
        #[command(flatten)]
        backend: Backend,
    },
    /// List the tries of the last seven days, the newest first
    #[command(after_help = "Example: rollcall webhook deliveries $ID")]
    Deliveries {
        #[arg(value_parser = segment)]
        id: String,
        /// Where to go on, as the list before said
        #[arg(long)]
        cursor: Option<String>,
        #[command(flatten)]
        backend: Backend,
    },
    /// Send an event again, under the same id
    #[command(after_help = "Example: rollcall webhook redeliver $ID $DELIVERY")]
    Redeliver {
        #[arg(value_parser = segment)]
        id: String,
        /// As `webhook deliveries` lists it
        #[arg(value_parser = segment)]
        delivery: String,
        #[command(flatten)]
        backend: Backend,
    },
}

#[derive(Debug, Args)]
pub(crate) struct OnWebhook {
    #[arg(value_parser = segment)]
    pub id: String,
    #[command(flatten)]
    pub giving: Giving,
}
