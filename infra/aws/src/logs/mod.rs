//! Logs: one JSON object a line, for CloudWatch to take apart.
//!
//! Names are written in camelCase, as in everything else that is JSON here (and as the Lambda runtime writes its
//! `requestId`), whatever they are called in the code. Every line has `timestamp`, `level`, `message`, `target` and,
//! in a Lambda function, `function` and `functionVersion`. The fields of all spans around it stand beside its own;
//! where a name comes twice, what is further in counts. So whoever opens a span names its work once:
//!
//! | work | fields |
//! |---|---|
//! | an invocation | `requestId` |
//! | a request | `requestId`, `correlationId`, `traceId` |
//! | a command | `command`, `commandId`, `correlationId`, `causationId`, `tenant`, `stream`, `traceId` |
//! | an aggregate's records | `correlationId`, `causationId`, `commandId`, `tenant`, `stream`, `commit` |
//! | a step | `correlationId`, `causationId`, `tenant`, `stream`, `step`, `epoch`, `attempt`, `messageId`, `traceId` |
//! | a segment of a replay | `replay`, `projection`, `phase`, `segment` |
//!
//! No payload, no address, no name, no token: ids and codes only. Whatever has the form of an e-mail address is made
//! unreadable all the same. Levels come from `RUST_LOG`, `info` by default.

mod line;
mod lines;
mod panics;
mod scrub;

use std::{error::Error, io};

use tracing_subscriber::{EnvFilter, fmt::MakeWriter, layer::SubscriberExt as _};

use crate::clock::Clock;

/// An error with its causes, each in its own words: `a: b: c`. Unlike `Debug`, it shows no bodies of
/// answers, in which stored data may stand.
#[must_use]
pub fn chain(error: &dyn Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {}", chain(cause)),
        None => error.to_string(),
    }
}

/// Writes logs to standard output, where Lambda collects them, and panics to the logs, without what they say.
/// Called once, first thing.
pub fn to_stdout() {
    to(io::stdout);
    panics::to_logs();
}

/// Writes logs to `writer`. A second call changes nothing.
pub fn to<W>(writer: W)
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let levels = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let subscriber =
        tracing_subscriber::registry().with(levels).with(lines::Lines::to(writer, Clock::system()));
    // Someone installed a subscriber before us (a test harness): theirs stays. Records of the crate `log`, which
    // hold whatever a library likes to say, are not taken over.
    let _ = tracing::subscriber::set_global_default(subscriber);
}
