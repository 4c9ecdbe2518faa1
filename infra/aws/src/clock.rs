//! The one place where the time of day enters. Everything else is handed a [`Clock`], so that a test
//! can stand at any instant and move it.

use std::{fmt, sync::Arc, time::Duration};

use chrono::{DateTime, SubsecRound as _, Utc};
use futures_util::future::BoxFuture;

/// Tells the time, UTC, and lets it pass. Cheap to clone.
#[derive(Clone)]
pub struct Clock {
    now: Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>,
    sleep: Arc<dyn Fn(Duration) -> BoxFuture<'static, ()> + Send + Sync>,
}

impl Clock {
    /// The operating system's clock.
    #[must_use]
    pub fn system() -> Self {
        #[expect(clippy::disallowed_methods, reason = "this is the adapter that the lint points to")]
        Self::from_fn(Utc::now)
    }

    /// A clock that asks `now`; tests pass one that they move by hand.
    pub fn from_fn(now: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        Self { now: Arc::new(now), sleep: Arc::new(|time| Box::pin(tokio::time::sleep(time))) }
    }

    /// The same clock, on which time passes in another way than by waiting.
    #[must_use]
    pub fn sleeping(
        self,
        sleep: impl Fn(Duration) -> BoxFuture<'static, ()> + Send + Sync + 'static,
    ) -> Self {
        Self { sleep: Arc::new(sleep), ..self }
    }

    /// Resolves when so much time has passed.
    pub async fn sleep(&self, time: Duration) {
        (self.sleep)(time).await;
    }

    /// The time, in whole milliseconds: what is stored is what was decided with.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        (self.now)().trunc_subsecs(3)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}
