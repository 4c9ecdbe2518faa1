use clap::Args;

use super::Backend;

#[derive(Debug, Args)]
pub(crate) struct Feed {
    /// Go on from here, as the feed said before; by default from the oldest events that it has
    #[arg(long, value_name = "CURSOR")]
    pub after: Option<String>,
    /// Only events of these types, such as user.created
    #[arg(long = "type", value_name = "TYPE,…", value_delimiter = ',')]
    pub types: Vec<String>,
    /// Events of at most so many commits in an answer
    #[arg(long, value_name = "COMMITS", value_parser = clap::value_parser!(u8).range(1..=200))]
    pub limit: Option<u8>,
    /// Wait for more, and say it as it comes, until interrupted
    #[arg(long)]
    pub follow: bool,
    #[command(flatten)]
    pub backend: Backend,
}
