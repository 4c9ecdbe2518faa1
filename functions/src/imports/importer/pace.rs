use std::time::Duration;

use chrono::{DateTime, Utc};
use infra_aws::clock::Clock;

/// Lets so many rows a second pass, evenly.
pub(super) struct Pace<'a> {
    clock: &'a Clock,
    rate: u32,
    began: DateTime<Utc>,
    passed: u32,
}

impl<'a> Pace<'a> {
    /// `goes_on`: after a row that has just passed.
    pub(super) fn new(clock: &'a Clock, rate: u32, goes_on: bool) -> Self {
        Self { clock, rate: rate.max(1), began: clock.now(), passed: goes_on.into() }
    }

    /// Resolves when the next row is due.
    pub(super) async fn next(&mut self) {
        let due = Duration::from_secs(1) * self.passed / self.rate;
        self.passed += 1;
        let gone = (self.clock.now() - self.began).to_std().unwrap_or_default();
        if due > gone {
            self.clock.sleep(due - gone).await;
        }
    }
}
