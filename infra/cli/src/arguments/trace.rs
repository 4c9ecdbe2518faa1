use std::path::PathBuf;

use clap::Args;
use domain::TenantId;
use event_store::StreamId;

use super::{
    Store,
    values::{segment, tenant},
};

#[derive(Debug, Args)]
pub(crate) struct Trace {
    /// What the caller sent as X-Correlation-Id; otherwise the request's id, as its answer has it in x-request-id
    pub correlation_id: String,
    /// Where the logs are: lines of JSON as `rollcall dev` writes them, or what `aws logs tail` or
    /// `aws logs filter-log-events` prints; - for standard input. By default those of `rollcall dev`
    #[arg(long, value_name = "FILE")]
    pub logs: Option<PathBuf>,
    /// Only this user's stream
    #[arg(long, value_name = "ID", value_parser = segment, conflicts_with = "stream")]
    pub user: Option<String>,
    /// Tenant of --user
    #[arg(long, default_value = "demo", value_parser = tenant, requires = "user")]
    pub tenant: TenantId,
    /// Only this stream, such as demo#user#$ID
    #[arg(long, value_name = "STREAM", value_parser = StreamId::parse)]
    pub stream: Option<StreamId>,
    /// One JSON object
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub store: Store,
}
