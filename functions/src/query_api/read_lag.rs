use axum::http::{HeaderName, HeaderValue};

use super::Sources;
use crate::http::Problem;

const READ_LAG: HeaderName = HeaderName::from_static("read-lag");

/// A header that comes with a list.
pub(super) type ReadLag = [(HeaderName, HeaderValue); 1];

impl Sources {
    /// `Read-Lag`: everything that was recorded so many seconds ago or longer is in what is read from now on;
    /// `unknown` before the first pulses have arrived.
    pub(super) async fn read_lag(&self) -> Result<ReadLag, Problem> {
        let lag = self.views.lag().await?;
        // Rounded up: a promise must not become bolder.
        let seconds = lag.map(|lag| (lag.num_milliseconds() + 999) / 1_000);
        let value = seconds.map_or(HeaderValue::from_static("unknown"), HeaderValue::from);
        Ok([(READ_LAG, value)])
    }
}
