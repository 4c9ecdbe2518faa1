//! Logs: one JSON object a line, the span's fields flattened into it. Levels come from `RUST_LOG`,
//! `info` by default. No payloads, no addresses: ids only.

use std::{error::Error, io};

use tracing_subscriber::{EnvFilter, fmt::MakeWriter};

/// An error with its causes, each in its own words: `a: b: c`. Unlike `Debug`, it shows no bodies of
/// answers, in which stored data may stand.
#[must_use]
pub fn chain(error: &dyn Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {}", chain(cause)),
        None => error.to_string(),
    }
}

/// Writes logs to standard output, where Lambda collects them. Called once, first thing.
pub fn to_stdout() {
    to(io::stdout);
}

/// Writes logs to `writer`. A second call changes nothing.
pub fn to<W>(writer: W)
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let levels = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let logs = tracing_subscriber::fmt().json().flatten_event(true).with_current_span(true);
    // Someone installed a subscriber before us (a test harness): theirs stays.
    let _ = logs.with_span_list(false).with_env_filter(levels).with_writer(writer).try_init();
}
