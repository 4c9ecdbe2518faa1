use std::time::Duration;

use futures_util::future::BoxFuture;

/// Gets a provider's documents. What is answered is bounded in size and time, and comes from this URL and no
/// other: redirects are not followed.
pub trait Fetch: Send + Sync {
    /// The body of a 200.
    ///
    /// # Errors
    /// [`FetchError`].
    fn get<'a>(&'a self, url: &'a str) -> BoxFuture<'a, Result<Fetched, FetchError>>;
}

/// A document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    pub body: Vec<u8>,
    /// For how long the provider says that it stays as it is, if it says so.
    pub max_age: Option<Duration>,
}

/// Why there is no document.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    #[error("{url} is answered with {status}")]
    Status { url: String, status: u16 },
    #[error("{url} is answered with more than {limit} bytes")]
    TooLarge { url: String, limit: usize },
    #[error("{url} is not answered within {limit:?}")]
    TooSlow { url: String, limit: Duration },
    #[error("{url} cannot be fetched")]
    Failed { url: String, source: Box<dyn std::error::Error + Send + Sync> },
}
