use clap::{ArgGroup, Args, Subcommand};
use domain::TenantId;
use infra_aws::limits::Limit;

use super::{Backend, values::tenant};

#[derive(Debug, Subcommand)]
pub(crate) enum Limits {
    /// Show what holds for each client of a tenant
    #[command(after_help = "Example: rollcall limits show demo")]
    Show {
        #[command(flatten)]
        of: OfTenant,
    },
    /// Change what is given; everything else stays
    ///
    /// All instances go by it within a minute.
    #[command(
        group = ArgGroup::new("what").args(["commands", "queries", "shut_offs"]).required(true).multiple(true),
        after_help = "Example: rollcall limits set demo --commands 6000/60 --queries 30000/60"
    )]
    Set {
        /// What changes something: so many requests in so many seconds
        #[arg(long, value_name = "REQUESTS/SECONDS")]
        commands: Option<Limit>,
        /// What only asks
        #[arg(long, value_name = "REQUESTS/SECONDS")]
        queries: Option<Limit>,
        /// Deactivating and deleting users, which the commands leave alone
        #[arg(long, value_name = "REQUESTS/SECONDS")]
        shut_offs: Option<Limit>,
        #[command(flatten)]
        of: OfTenant,
    },
    /// Go back to what holds for every tenant
    #[command(after_help = "Example: rollcall limits reset demo")]
    Reset {
        #[command(flatten)]
        of: OfTenant,
    },
}

/// Not the tenant of the token: operators are nobody's.
#[derive(Debug, Args)]
pub(crate) struct OfTenant {
    #[arg(value_name = "TENANT", value_parser = tenant)]
    pub limited: TenantId,
    #[command(flatten)]
    pub backend: Backend,
}
