//! What commands and queries use, counted: each is carried out on a backend in memory, with everything that follows
//! from it, and every AWS request of a function is looked at on the line.
//!
//! Units are the embedded engine's `ConsumedCapacity`, which the conformance tests hold to DynamoDB's. What a host
//! does (reading the stream, receiving and deleting messages) is not seen here: it follows from the number of
//! records and messages, and from how many of them are delivered together.

mod bench;
mod deeds;
mod meter;

use std::collections::BTreeMap;

use aws_sdk_dynamodb::error::BoxError;
use serde::Serialize;

use bench::Bench;
pub use bench::Stored;
use deeds::DEEDS;
pub use meter::Usage;

/// A function at work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum At {
    CommandApi,
    QueryApi,
    Projector,
    Dispatcher,
    Worker,
    Watchdog,
}

/// What one command, query or round of the watchdog comes to.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Counted {
    pub name: &'static str,
    pub kind: Kind,
    /// What each function asked of AWS for it.
    pub used: BTreeMap<At, Usage>,
    /// Requests to the API.
    pub api_requests: u64,
    /// Commits, each of which the stream delivers to the projector and to the dispatcher.
    pub records: u64,
    /// Messages on the queue of steps.
    pub messages: u64,
    pub mails: u64,
    /// By how much the tables grow, indexes left out.
    pub stored: Stored,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Command,
    Query,
    /// Once a minute, whatever happens.
    Watch,
    /// What the limiter adds to a request of a client that is not busy. One that is takes many tokens with one write.
    Limit,
}

impl Counted {
    /// All functions together.
    #[must_use]
    pub fn total(&self) -> Usage {
        self.used.values().copied().sum()
    }
}

/// Carries out each of them. Takes a second or two.
///
/// # Errors
/// When the backend in memory does not do as it is told: something is broken.
pub async fn count() -> Result<Vec<Counted>, BoxError> {
    let mut bench = Box::pin(Bench::start()).await?;
    let mut counted = Vec::with_capacity(DEEDS.len());
    for deed in DEEDS {
        counted.push(Box::pin(bench.count(deed)).await?);
    }
    Ok(counted)
}
