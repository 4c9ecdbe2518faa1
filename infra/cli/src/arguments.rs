mod cost;
mod dlq;
mod doctor;
mod events;
mod feed;
mod import;
mod keys;
mod limits;
mod parked;
mod replay;
mod role;
mod settings;
mod trace;
mod user;
mod values;
mod webhook;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use domain::{CallerRole, TenantId};

pub(crate) use cost::{Assumed, Cost};
pub(crate) use dlq::{Dlq, Look, QueueName, Queues, Redrive};
pub(crate) use doctor::Doctor;
pub(crate) use events::{Events, Export, Import, Store};
pub(crate) use feed::Feed;
pub(crate) use import::{ImportUsers, Imports, OnImport, Page as ImportPage};
pub(crate) use keys::{Key, Keys};
pub(crate) use limits::{Limits, OfTenant};
pub(crate) use parked::{OfParked, Parked};
pub(crate) use replay::{OnReplay, Replay, Switch};
pub(crate) use role::Role;
pub(crate) use settings::Settings;
pub(crate) use trace::Trace;
pub(crate) use user::{AsOf, OnUser, User};
pub(crate) use values::{Expiry, Rate};
use values::{subject, tenant};
pub(crate) use webhook::{OnWebhook, Webhook};

/// Runs Rollcall on this machine, and talks to it.
#[derive(Debug, Parser)]
#[command(name = "rollcall", version, propagate_version = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the whole backend on 127.0.0.1, without an account and without containers
    #[command(after_help = "Example: rollcall dev --port 8080")]
    Dev(Dev),
    /// Print a token of the local issuer
    #[command(after_help = "Example: rollcall token --role user_admin --subject $ID")]
    Token(Token),
    /// Create users, look at them, change them, shut them off and let them back in
    #[command(subcommand)]
    User(User),
    /// Create roles, list them and retire them
    #[command(subcommand)]
    Role(Role),
    /// Look at the tenant's settings and change them
    #[command(subcommand)]
    Settings(Settings),
    /// Send what happens to other systems, as it happens
    #[command(subcommand)]
    Webhook(Webhook),
    /// Look at how many requests the clients of a tenant may send, and change it
    #[command(subcommand)]
    Limits(Limits),
    /// Create many users from a file, and see what became of each
    #[command(subcommand)]
    Import(Imports),
    /// Look at what is set aside, of all tenants, and try it once more
    #[command(subcommand)]
    Parked(Parked),
    /// Look into the event store, write it to a file, and fill an empty one from it
    #[command(subcommand)]
    Events(Events),
    /// Say what happened to the tenant, as a client of the API reads it, event by event
    #[command(after_help = "Example: rollcall feed --type user.created,user.deleted --follow")]
    Feed(Feed),
    /// Tell what followed from one request: commands, commits, steps, mails and views, with the times between
    ///
    /// From the events and from the logs. The streams to read are those that the logs name, or the one of --user
    /// or --stream; without any, the whole event store is scanned: on AWS that costs a read unit for each 4 KB of
    /// the table, whatever is found. Of events only the types are shown.
    #[command(after_help = "Example: rollcall trace 6f2c1e0a-5b7c-4b0e-9a43-0d6c4b2f7c11")]
    Trace(Trace),
    /// Build read models anew from the events, while they are used
    #[command(subcommand)]
    Replay(Replay),
    /// Look at the messages that failed too often, and send them back
    #[command(subcommand)]
    Dlq(Dlq),
    /// Change the keys that links and cursors are made with
    #[command(subcommand)]
    Keys(Keys),
    /// Count what commands and queries use, and what that costs a million times and by the month
    ///
    /// Each is carried out on a backend in memory, with everything that follows from it, and its requests and
    /// units are counted. How long functions run cannot be counted here: that is assumed, and can be said.
    #[command(after_help = "Example: rollcall cost --commands-per-month 5000000 --queries-per-command 4")]
    Cost(Cost),
    /// Compare what runs with the template, and look for what stands still
    ///
    /// Each check is OK, WARN or FAIL; who fails names the runbook to follow. Ends with 1 when a check has failed.
    #[command(after_help = "Example: rollcall doctor --stack rollcall-prod")]
    Doctor(Doctor),
}

#[derive(Debug, Args)]
pub(crate) struct Dev {
    /// Port of the API
    #[arg(long, default_value_t = 8080)]
    pub port: u16,
    /// Port of the DynamoDB endpoint (any free one by default)
    #[arg(long, default_value_t = 0)]
    pub dynamodb_port: u16,
    /// Port of the SQS endpoint (any free one by default)
    #[arg(long, default_value_t = 0)]
    pub sqs_port: u16,
    /// OpenID Connect provider whose tokens are accepted, instead of those of `rollcall token`
    #[arg(long, value_name = "URL", env = "ROLLCALL_ISSUER", requires = "audience")]
    pub issuer: Option<String>,
    /// Whom the provider's tokens must be for (aud, or client_id without it); may be repeated
    #[arg(long, env = "ROLLCALL_AUDIENCE", value_delimiter = ',', requires = "issuer")]
    pub audience: Vec<String>,
    #[command(flatten)]
    pub data: Data,
}

#[derive(Debug, Args)]
pub(crate) struct Data {
    /// Folder that everything is kept in
    #[arg(long = "data", value_name = "DIR", default_value = ".rollcall", env = "ROLLCALL_DATA")]
    pub folder: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Token {
    #[command(flatten)]
    pub data: Data,
    /// What the caller is: owner, user_admin, helpdesk, auditor, replay_operator; may be repeated
    #[arg(long = "role", value_name = "ROLE", required = true)]
    pub roles: Vec<CallerRole>,
    /// Whose users the caller sees
    #[arg(long, default_value = "demo", value_parser = tenant)]
    pub tenant: TenantId,
    /// Who the caller is; recorded with everything they do. The id of a user is that user: the token works
    /// while they are active, and for what both --role and the roles they hold allow
    #[arg(long, default_value = "admin", value_parser = subject)]
    pub subject: String,
    /// For how long the token is good
    #[arg(long, value_name = "HOURS", default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..=8760))]
    pub hours: u32,
}

/// Where the backend is and who calls.
#[derive(Debug, Args)]
pub(crate) struct Backend {
    #[command(flatten)]
    pub data: Data,
    /// Address of the API (that of `rollcall dev` with the same --data by default)
    #[arg(long, value_name = "URL", env = "ROLLCALL_API")]
    pub api: Option<String>,
    /// Token to call with (by default one of the local issuer, with the role that the command takes)
    #[arg(long, env = "ROLLCALL_TOKEN", hide_env_values = true)]
    pub token: Option<String>,
    /// Tenant of the default token
    #[arg(long, default_value = "demo", value_parser = tenant)]
    pub tenant: TenantId,
    /// Print the API's answer as it is
    #[arg(long)]
    pub json: bool,
}

/// How a command is given.
#[derive(Debug, Args)]
pub(crate) struct Giving {
    /// Show what would be recorded, and record nothing
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub backend: Backend,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn check(path: &str, command: &clap::Command) {
        if command.has_subcommands() {
            return command
                .get_subcommands()
                .for_each(|one| check(&format!("{path} {}", one.get_name()), one));
        }
        let help = command.get_after_help().unwrap_or_else(|| panic!("{path} has no example")).to_string();
        let example = help.strip_prefix("Example: ").unwrap();
        assert!(example.starts_with(path), "{example} is an example of something else than {path}");
        Arguments::try_parse_from(example.split(' ')).unwrap_or_else(|error| panic!("{example}: {error}"));
    }

    #[test]
    fn the_help_of_every_command_has_an_example_that_works() {
        check("rollcall", &Arguments::command());
    }
}
