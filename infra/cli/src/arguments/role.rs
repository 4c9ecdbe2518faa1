use clap::Subcommand;
use domain::CallerRole;

use super::{Backend, Giving, values::segment};

#[derive(Debug, Subcommand)]
pub(crate) enum Role {
    /// Create a role
    #[command(after_help = "Example: rollcall role create support --grants helpdesk,auditor")]
    Create {
        name: String,
        /// What its holders are when they call: owner, user_admin, helpdesk, auditor, replay_operator
        #[arg(long, value_name = "ROLE,…", value_delimiter = ',')]
        grants: Vec<CallerRole>,
        /// Only owners give it
        #[arg(long)]
        privileged: bool,
        #[command(flatten)]
        giving: Giving,
    },
    /// Retire a role: nobody gets it any more, and whoever has it loses it
    #[command(after_help = "Example: rollcall role retire support")]
    Retire {
        #[arg(value_parser = segment)]
        name: String,
        #[command(flatten)]
        giving: Giving,
    },
    /// List roles
    #[command(after_help = "Example: rollcall role list")]
    List {
        /// Where to go on, as the list before said
        #[arg(long)]
        cursor: Option<String>,
        #[command(flatten)]
        backend: Backend,
    },
}
