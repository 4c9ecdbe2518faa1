//! A clock that stands still until it is moved: for tests, and for anyone who wants to watch a timeout
//! without waiting for it.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Duration, Utc};
use infra_aws::clock::Clock;

/// Time that moves only by [`ManualClock::advance`]. Clones show, and move, the same time.
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<Mutex<DateTime<Utc>>>);

impl ManualClock {
    #[must_use]
    pub fn new(start: DateTime<Utc>) -> Self {
        Self(Arc::new(Mutex::new(start)))
    }

    /// Moves the time by `by`, which may be negative: clocks do step back.
    pub fn advance(&self, by: Duration) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += by;
    }

    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The same time, for those who are handed a [`Clock`]. Who sleeps on it moves it.
    #[must_use]
    pub fn clock(&self) -> Clock {
        let (this, sleeper) = (self.clone(), self.clone());
        Clock::from_fn(move || this.now()).sleeping(move |time| {
            let sleeper = sleeper.clone();
            Box::pin(async move { sleeper.advance(Duration::from_std(time).unwrap_or(Duration::MAX)) })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_handed_out_earlier_follows_when_the_time_is_moved() {
        let manual = ManualClock::new(DateTime::UNIX_EPOCH);
        let clock = manual.clock();
        manual.advance(Duration::seconds(90));
        assert_eq!(clock.now(), DateTime::UNIX_EPOCH + Duration::seconds(90));
    }
}
