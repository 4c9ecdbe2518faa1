use clap::Args;

use super::Data;

#[derive(Debug, Args)]
pub(crate) struct Doctor {
    #[command(flatten)]
    pub data: Data,
    /// Not `rollcall dev`, but this CloudFormation stack; region and credentials come from AWS's own environment
    /// variables and files
    #[arg(long, value_name = "NAME")]
    pub stack: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}
