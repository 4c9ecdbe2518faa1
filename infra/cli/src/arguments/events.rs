use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand, ValueEnum};
use domain::TenantId;

use super::{
    Data,
    values::{instant, segment, tenant},
};

#[derive(Debug, Subcommand)]
pub(crate) enum Events {
    /// Show what has happened to a user, commit by commit
    #[command(after_help = "Example: rollcall events show $ID")]
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
    /// Write events out as they are stored, one CloudEvent (1.0, JSON) a line
    ///
    /// The events of a stream are in order; the order of the streams means nothing. The last line is no event
    /// of the store: it says that the export is complete, and of how many events. Each stream is as it was
    /// when it was read. For a copy of one moment, to be imported elsewhere, see to it that nobody writes
    /// meanwhile. The file holds personal data in the clear: it is readable for its owner only.
    #[command(after_help = "Example: rollcall events export --out rollcall.ndjson")]
    Export(Export),
    /// Fill an empty event store from an export, as it was written
    ///
    /// A file is judged as a whole before anything is written. Interrupted, the same import goes on when it
    /// is repeated; what is there already and identical stays as it is.
    ///
    /// The commits flow through the table's stream: the projector builds the views, and the dispatcher sends
    /// out the steps that the events ask for, once more. A worker asks the user's stream what is still to be
    /// done. So nothing is done twice, but what was unfinished goes on here: mails will be sent. The backend
    /// that the export came from must not work any more. Workers should be stopped until the import is done:
    /// a user with more than a hundred commits is not there all at once, and a worker that acts on a part of
    /// them ends the import.
    ///
    /// Claims are keyed anew, with the claim key of this store. Confirmation links that are out go on working
    /// if the confirmation key is that of the old backend.
    #[command(after_help = "Example: rollcall events import rollcall.ndjson")]
    Import(Import),
}

/// Which event store.
#[derive(Debug, Args)]
pub(crate) struct Store {
    #[command(flatten)]
    pub data: Data,
    /// Not the store of `rollcall dev`, but the table EVENTS_TABLE of the account that AWS's own environment
    /// variables and files lead to; an import takes the claim key from CLAIM_KEY, in base64
    #[arg(long)]
    pub aws: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    #[command(flatten)]
    pub store: Store,
    /// File to write to, instead of standard output; must not exist
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Go on where an interrupted export to the same file stopped; the filters must be the same
    #[arg(long, requires = "out")]
    pub resume: bool,
    /// Only the events of this tenant
    #[arg(long, value_parser = tenant)]
    pub tenant: Option<TenantId>,
    /// Only the events of aggregates of this type
    #[arg(long, value_name = "TYPE")]
    pub aggregate: Option<Kind>,
    /// Only the events of this one: the id of a user, the name of a role, or "tenant"
    #[arg(long, requires_all = ["tenant", "aggregate"], value_parser = segment)]
    pub id: Option<String>,
    /// Only events of this type, such as user.created; may be repeated; cannot be imported
    #[arg(long = "type", value_name = "TYPE")]
    pub types: Vec<String>,
    /// Only what happened at this time or later; cannot be imported
    #[arg(long, value_name = "TIME", value_parser = instant)]
    pub from: Option<DateTime<Utc>>,
    /// Only what happened before this time
    #[arg(long, value_name = "TIME", value_parser = instant)]
    pub until: Option<DateTime<Utc>>,
}

#[derive(Debug, Args)]
pub(crate) struct Import {
    /// What `events export` wrote; - for standard input, which cannot be judged beforehand nor gone on with
    pub file: PathBuf,
    #[command(flatten)]
    pub store: Store,
}

/// The types of aggregates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    User,
    Role,
    Tenant,
}

impl Kind {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Role => "role",
            Self::Tenant => "tenant",
        }
    }
}
