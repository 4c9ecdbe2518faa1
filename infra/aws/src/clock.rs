//! The one place where the time of day enters. Everything else is handed a [`Clock`], so that a test
//! can stand at any instant and move it.

use std::{fmt, sync::Arc};

use chrono::{DateTime, SubsecRound as _, Utc};

/// Tells the time, UTC. Cheap to clone.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>);

impl Clock {
    /// The operating system's clock.
    #[must_use]
    pub fn system() -> Self {
        #[expect(clippy::disallowed_methods, reason = "this is the adapter that the lint points to")]
        Self::from_fn(Utc::now)
    }

    /// A clock that asks `now`; tests pass one that they move by hand.
    pub fn from_fn(now: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The time, in whole milliseconds: what is stored is what was decided with.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        (self.0)().trunc_subsecs(3)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}
