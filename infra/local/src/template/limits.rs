use infra_aws::limits::Limits;

use super::Template;

impl Template {
    /// What a client may ask for by default.
    ///
    /// # Panics
    /// When the template says it in a way that is not understood here.
    #[must_use]
    pub fn rate_limits(&self) -> Limits {
        let limits = &self.json()["Parameters"]["RateLimits"]["Default"];
        limits.as_str().and_then(|limits| limits.parse().ok()).expect("RateLimits are limits")
    }
}
