//! How many requests each client may make, whatever the number of instances: see [`infra_aws::limits`].
//!
//! An instance takes tokens in lots and spends them from memory, so that a busy client costs far less than a write a
//! request. What a lot has left when its life is over is lost; so is what an instance holds that is ended. Whoever was
//! refused is refused from memory until there is a token again: a flood costs nothing.
//!
//! The limit is never the outage. A table that does not answer within [`PATIENCE`] lets everybody through; that is
//! counted (`LimitsUnasked`), logged once a minute, and not tried again for a second.

mod lot;
mod tenants;

use std::{
    num::NonZeroUsize,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use domain::{Caller, TenantId};
use futures_util::FutureExt as _;
use infra_aws::{
    clock::Clock,
    limits::{Buckets, Limit, Pace, Policy, Taken},
    logs::chain,
    metrics,
};
use lru::LruCache;

use lot::{Held, Lot};
pub use tenants::{Chosen, InForce, TenantLimits};

/// For so long a request waits for the table at most.
pub const PATIENCE: Duration = Duration::from_millis(200);
/// For so long the table is left alone after it failed.
const REST: TimeDelta = TimeDelta::seconds(1);
const TOLD_EVERY: TimeDelta = TimeDelta::seconds(60);
/// More are let in, and the one that was not seen for the longest time is forgotten.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(10_000).expect("it is not zero");

type Key = (TenantId, String, Policy);
type Remembered = Arc<tokio::sync::Mutex<Lot>>;

/// Counts the requests of clients. Clones are the same instance.
#[derive(Clone)]
pub struct Limiter {
    buckets: Buckets,
    pub tenants: TenantLimits,
    clock: Clock,
    patience: Duration,
    lots: Arc<Mutex<LruCache<Key, Remembered>>>,
    trouble: Arc<Mutex<Trouble>>,
}

#[derive(Default)]
struct Trouble {
    rests_until: Option<DateTime<Utc>>,
    told_at: Option<DateTime<Utc>>,
}

/// What a client has left of a limit, as far as this instance knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    pub policy: Policy,
    pub limit: Limit,
    pub remaining: u32,
    /// In so many seconds all of it is there again.
    pub whole_in: u64,
}

/// Whether a request may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Passed(Standing),
    /// There is room again after so many seconds.
    Refused(Standing, u64),
    /// The table could not be asked: the request goes on.
    Unasked,
}

impl Limiter {
    #[must_use]
    pub fn new(buckets: Buckets, tenants: TenantLimits, clock: Clock) -> Self {
        let lots = Arc::new(Mutex::new(LruCache::new(REMEMBERED)));
        Self { buckets, tenants, clock, patience: PATIENCE, lots, trouble: Arc::default() }
    }

    /// With another patience than [`PATIENCE`].
    #[must_use]
    pub fn within(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Counts one request of a caller.
    pub async fn count(&self, caller: &Caller, policy: Policy) -> Verdict {
        let now = self.clock.now();
        if self.trouble().rests_until.is_some_and(|until| (until - REST..until).contains(&now)) {
            metrics::count("LimitsUnasked", 1, &[], now);
            return Verdict::Unasked;
        }
        let why = match tokio::time::timeout(self.patience, self.ask(caller, policy)).await {
            Ok(Ok(verdict)) => return verdict,
            Ok(Err(error)) => chain(&error),
            Err(_) => "it takes too long".to_owned(),
        };
        self.unasked(&why, now);
        Verdict::Unasked
    }

    async fn ask(&self, caller: &Caller, policy: Policy) -> Result<Verdict, infra_aws::limits::Unasked> {
        let limit = self.tenants.of(&caller.tenant).boxed().await.limits.of(policy);
        let pace = Pace::from(limit);
        let remembered = self.remembered((caller.tenant.clone(), caller.subject.clone(), policy));
        // One at a time: the others would each take a lot that is lost.
        let mut lot = remembered.lock().await;
        let now = self.clock.now().timestamp_micros();
        let held = lot.spend(&pace, now);
        let refused_until = match held {
            Held::Token => None,
            Held::RefusedUntil(until) => Some(until),
            Held::Nothing { ask_for } => {
                let whose = (caller.tenant.as_str(), caller.subject.as_str(), policy);
                let taken = self.buckets.take(whose, &pace, ask_for, now, lot.tat()).boxed().await?;
                lot.refill(taken, now);
                match taken {
                    Taken::Some { .. } => None,
                    Taken::None { tat } => Some(pace.next(tat)),
                }
            }
        };
        let standing = Standing {
            policy,
            limit,
            remaining: lot.remaining(&pace, now),
            whole_in: seconds(lot.tat().unwrap_or(now) - now),
        };
        let Some(until) = refused_until else { return Ok(Verdict::Passed(standing)) };
        metrics::count("RateLimited", 1, &[("limit", policy.as_str())], self.clock.now());
        Ok(Verdict::Refused(Standing { remaining: 0, ..standing }, seconds(until - now).max(1)))
    }

    fn remembered(&self, key: Key) -> Remembered {
        let mut lots = self.lots.lock().unwrap_or_else(PoisonError::into_inner);
        lots.get_or_insert(key, Remembered::default).clone()
    }

    fn unasked(&self, why: &str, now: DateTime<Utc>) {
        metrics::count("LimitsUnasked", 1, &[], now);
        let mut trouble = self.trouble();
        trouble.rests_until = Some(now + REST);
        if trouble.told_at.is_none_or(|at| !(at..at + TOLD_EVERY).contains(&now)) {
            trouble.told_at = Some(now);
            tracing::warn!(error = why, "requests are let through uncounted");
        }
    }

    fn trouble(&self) -> MutexGuard<'_, Trouble> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Microseconds as seconds, rounded up.
fn seconds(micros: i64) -> u64 {
    u64::try_from(micros).unwrap_or_default().div_ceil(1_000_000)
}
