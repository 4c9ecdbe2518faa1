use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use domain::{CallerRole, TenantId};

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
    Dev(Dev),
    /// Print a token of the local issuer
    Token(Token),
    /// Create users, look at them, shut them off and let them back in
    #[command(subcommand)]
    User(User),
    /// Create roles and list them
    #[command(subcommand)]
    Role(Role),
    /// Look into the event store
    #[command(subcommand)]
    Events(Events),
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
    /// Who the caller is; recorded with everything they do
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
    /// Token to call with (one of the local issuer, role owner, by default)
    #[arg(long, env = "ROLLCALL_TOKEN", hide_env_values = true)]
    pub token: Option<String>,
    /// Tenant of the default token
    #[arg(long, default_value = "demo", value_parser = tenant)]
    pub tenant: TenantId,
    /// Print the API's answer as it is
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum User {
    /// Create a user and start provisioning
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
        #[command(flatten)]
        backend: Backend,
    },
    /// List users
    List {
        #[arg(long)]
        status: Option<String>,
        #[arg(long)]
        role: Option<String>,
        #[arg(long)]
        limit: Option<u32>,
        /// Where to go on, as the list before said
        #[arg(long)]
        cursor: Option<String>,
        #[command(flatten)]
        backend: Backend,
    },
    /// Show one user and how far provisioning got
    Show {
        id: String,
        #[command(flatten)]
        backend: Backend,
    },
    /// Shut a user off, whatever is going on
    Deactivate {
        id: String,
        /// requested, left_organisation or security
        #[arg(long, default_value = "requested")]
        reason: String,
        #[command(flatten)]
        backend: Backend,
    },
    /// Let a user back in
    Reactivate {
        id: String,
        #[command(flatten)]
        backend: Backend,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Role {
    /// Create a role
    Create {
        name: String,
        #[command(flatten)]
        backend: Backend,
    },
    /// List roles
    List {
        #[command(flatten)]
        backend: Backend,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Events {
    /// Show what has happened to a user, commit by commit
    Show {
        user: String,
        #[command(flatten)]
        data: Data,
        #[arg(long, default_value = "demo", value_parser = tenant)]
        tenant: TenantId,
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
}

fn tenant(text: &str) -> Result<TenantId, domain::InvalidValue> {
    TenantId::parse(text)
}

fn subject(text: &str) -> Result<String, String> {
    let fits = (1..=128).contains(&text.len()) && text.chars().all(|c| c.is_ascii_graphic());
    fits.then(|| text.to_owned()).ok_or_else(|| "a subject is 1 to 128 printable ASCII characters".into())
}
