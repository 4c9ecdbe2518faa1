use std::path::PathBuf;

use clap::Args;

/// What the load is, and what cannot be counted here and is assumed.
#[derive(Debug, Args)]
pub(crate) struct Cost {
    /// Commands a month
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    pub commands_per_month: u64,
    /// Queries for each command
    #[arg(long, value_name = "M", default_value_t = 4.0, value_parser = not_negative)]
    pub queries_per_command: f64,
    /// The command that the month is made of, by its name in the table
    #[arg(long, value_name = "NAME", default_value = "change-profile")]
    pub command: String,
    /// The query that the month is made of, by its name in the table
    #[arg(long, value_name = "NAME", default_value = "get-user")]
    pub query: String,
    #[command(flatten)]
    pub assumed: Assumed,
    /// Prices instead of those of us-east-1: a file like the built-in one, which --show-prices prints
    #[arg(long, value_name = "FILE")]
    pub prices: Option<PathBuf>,
    /// Print the prices, and count nothing
    #[arg(long)]
    pub show_prices: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// What is assumed.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Assumed {
    /// Memory of each function
    #[arg(long, value_name = "MB", default_value_t = 256)]
    pub memory_mb: u32,
    /// How long an invocation of an API function is billed
    #[arg(long, value_name = "MS", default_value_t = 20)]
    pub api_ms: u32,
    /// How long an invocation of the projector or the dispatcher is billed
    #[arg(long, value_name = "MS", default_value_t = 40)]
    pub stream_ms: u32,
    /// How long an invocation of the worker is billed
    #[arg(long, value_name = "MS", default_value_t = 100)]
    pub worker_ms: u32,
    /// How many records or messages are delivered together; with little traffic it is one
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub batch: u32,
    /// What an invocation logs
    #[arg(long, value_name = "BYTES", default_value_t = 500)]
    pub log_bytes: u32,
    /// How often a minute Lambda looks into each of the four queues while they are empty
    #[arg(long, value_name = "N", default_value_t = 15)]
    pub idle_polls: u32,
}

fn not_negative(text: &str) -> Result<f64, &'static str> {
    let number: Option<f64> = text.parse().ok();
    number
        .filter(|number| number.is_finite() && *number >= 0.0)
        .ok_or("use a number of queries, such as 4 or 0.5")
}
