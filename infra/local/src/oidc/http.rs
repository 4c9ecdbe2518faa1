use std::time::Duration;

use aws_smithy_runtime_api::{client::http::HttpConnector, client::orchestrator::HttpRequest};
use aws_smithy_types::byte_stream::ByteStream;
use futures_util::future::BoxFuture;
use infra_aws::clients;

use super::fetch::{Fetch, FetchError, Fetched};

/// Of a whole document, from the first byte sent to the last one received.
const TIME_LIMIT: Duration = Duration::from_secs(3);
/// A set of a hundred RSA keys with their certificates has less.
const SIZE_LIMIT: usize = 256 * 1024;

/// Over the HTTP and TLS stack of the AWS clients. It follows no redirects.
#[derive(Debug)]
pub struct Http {
    connector: Box<dyn HttpConnector>,
    time_limit: Duration,
}

type Cause = Box<dyn std::error::Error + Send + Sync>;

impl Default for Http {
    fn default() -> Self {
        Self::new()
    }
}

impl Http {
    #[must_use]
    pub fn new() -> Self {
        Self { connector: Box::new(clients::http_connector()), time_limit: TIME_LIMIT }
    }

    /// With another limit for a document than three seconds.
    #[must_use]
    pub fn within(self, time_limit: Duration) -> Self {
        Self { time_limit, ..self }
    }

    async fn document(&self, url: &str) -> Result<Fetched, FetchError> {
        let failed = |source: Cause| FetchError::Failed { url: url.into(), source };
        let mut request = HttpRequest::get(url).map_err(|error| failed(error.into()))?;
        request.headers_mut().insert("accept", "application/json");
        let response = self.connector.call(request).await.map_err(|error| failed(error.into()))?;
        let status = response.status().as_u16();
        if status != 200 {
            return Err(FetchError::Status { url: url.into(), status });
        }
        let max_age = response.headers().get("cache-control").and_then(max_age);
        let mut chunks = ByteStream::new(response.into_body());
        let mut body = Vec::new();
        while let Some(chunk) = chunks.try_next().await.map_err(|error| failed(error.into()))? {
            if body.len() + chunk.len() > SIZE_LIMIT {
                return Err(FetchError::TooLarge { url: url.into(), limit: SIZE_LIMIT });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Fetched { body, max_age })
    }
}

impl Fetch for Http {
    fn get<'a>(&'a self, url: &'a str) -> BoxFuture<'a, Result<Fetched, FetchError>> {
        Box::pin(async move {
            let limit = self.time_limit;
            let fetched = tokio::time::timeout(limit, self.document(url)).await;
            fetched.unwrap_or_else(|_| Err(FetchError::TooSlow { url: url.into(), limit }))
        })
    }
}

/// RFC 9111, 5.2.2: of no time at all if it must not be kept.
fn max_age(cache_control: &str) -> Option<Duration> {
    let directives = cache_control.split(',').map(|directive| directive.trim().to_ascii_lowercase());
    let mut age = None;
    for directive in directives {
        if directive == "no-store" || directive == "no-cache" {
            return Some(Duration::ZERO);
        }
        if let Some(seconds) = directive.strip_prefix("max-age=") {
            age = seconds.trim_matches('"').parse().ok().map(Duration::from_secs);
        }
    }
    age
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_age_is_read_among_other_directives() {
        let seconds = |text| max_age(text).map(|age| age.as_secs());
        assert_eq!(seconds("public, Max-Age=300, must-revalidate"), Some(300));
        assert_eq!(seconds("no-cache, max-age=300"), Some(0));
        for without in ["", "public", "max-age=", "max-age=-1", "max-age=soon", "s-maxage=5"] {
            assert_eq!(seconds(without), None, "{without}");
        }
    }
}
