use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};

use super::{Backend, values::segment};

#[derive(Debug, Subcommand)]
pub(crate) enum Imports {
    /// Create many users from one file, and follow that to its end
    ///
    /// NDJSON has an object in each line, with userName, displayName, email and roles. CSV has these names in its
    /// first line, and semicolons between roles. At most 10,000 rows and 4 MiB. Each row has a verdict of its own:
    /// one that is refused does not stop the others. Ends with 1 if a row did not come to a user.
    #[command(after_help = "Example: rollcall import users people.csv --rate 20 --dry-run")]
    Users(ImportUsers),
    /// List imports, the newest first
    #[command(after_help = "Example: rollcall import list")]
    List {
        #[command(flatten)]
        page: Page,
    },
    /// Show how far an import is
    #[command(after_help = "Example: rollcall import show 6f2c1e0a5b7c4b0e9a430d6c4b2f7c11")]
    Show(OnImport),
    /// Follow an import to its end; ends with 1 if a row did not come to a user
    #[command(after_help = "Example: rollcall import watch 6f2c1e0a5b7c4b0e9a430d6c4b2f7c11")]
    Watch(OnImport),
    /// Show what became of the rows
    #[command(
        after_help = "Example: rollcall import rows 6f2c1e0a5b7c4b0e9a430d6c4b2f7c11 --verdict refused"
    )]
    Rows {
        #[arg(value_parser = segment)]
        id: String,
        /// created, would_be_created, exists, refused or invalid
        #[arg(long)]
        verdict: Option<String>,
        #[command(flatten)]
        page: Page,
    },
    /// Let no further row of an import be begun; users that were created stay
    #[command(after_help = "Example: rollcall import cancel 6f2c1e0a5b7c4b0e9a430d6c4b2f7c11")]
    Cancel(OnImport),
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("format").args(["csv", "ndjson"]))]
pub(crate) struct ImportUsers {
    /// What it holds, its name tells (.csv, .ndjson or .jsonl), or a flag
    pub file: PathBuf,
    #[arg(long)]
    pub csv: bool,
    #[arg(long)]
    pub ndjson: bool,
    /// Judge every row, and create nobody
    #[arg(long)]
    pub dry_run: bool,
    /// How many rows a second, 1 to 100 (50 by default)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100))]
    pub rate: Option<u32>,
    /// Idempotency-Key: the same key and file are the same import (one of its own by default)
    #[arg(long)]
    pub key: Option<String>,
    /// Do not wait until it is over
    #[arg(long)]
    pub no_wait: bool,
    #[command(flatten)]
    pub backend: Backend,
}

/// Which import, and where.
#[derive(Debug, Args)]
pub(crate) struct OnImport {
    #[arg(value_parser = segment)]
    pub id: String,
    #[command(flatten)]
    pub backend: Backend,
}

#[derive(Debug, Args)]
pub(crate) struct Page {
    #[arg(long, value_name = "N")]
    pub limit: Option<u16>,
    /// Where the page before ended
    #[arg(long)]
    pub cursor: Option<String>,
    #[command(flatten)]
    pub backend: Backend,
}
