use std::{
    num::NonZeroUsize,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};
use domain::{TenantId, webhook::WebhookId};
use lru::LruCache;

/// For so long an instance leaves a receiver alone that kept it waiting.
const REST: TimeDelta = TimeDelta::seconds(30);
/// Later tries are rare, and are made whatever happened.
const LAST_THAT_WAITS: u32 = 4;
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(1_000).expect("it is not zero");

/// Receivers that did not answer in time, as this instance has met them. So one that hangs takes ten seconds of every
/// forty of each instance at most, however many events there are for it.
#[derive(Clone)]
pub(super) struct Resting(Arc<Mutex<Until>>);

/// Of each receiver.
type Until = LruCache<(TenantId, WebhookId), DateTime<Utc>>;

impl Default for Resting {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(LruCache::new(REMEMBERED))))
    }
}

impl Resting {
    /// Whether a try of this number is put off.
    pub(super) fn puts_off(
        &self,
        tenant: &TenantId,
        webhook: WebhookId,
        attempt: u32,
        now: DateTime<Utc>,
    ) -> bool {
        let until = self.lock().get(&(tenant.clone(), webhook)).copied();
        attempt <= LAST_THAT_WAITS && until.is_some_and(|until| now < until)
    }

    pub(super) fn begin(&self, tenant: &TenantId, webhook: WebhookId, now: DateTime<Utc>) {
        self.lock().put((tenant.clone(), webhook), now + REST);
    }

    fn lock(&self) -> MutexGuard<'_, Until> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receiver_that_kept_us_waiting_is_left_alone_for_a_while() {
        let noon: DateTime<Utc> = "2026-11-22T12:00:00Z".parse().unwrap();
        let tenant = TenantId::parse("acme").unwrap();
        let [slow, other] = ["1", "2"].map(|key| WebhookId::derive(&tenant, key));
        let resting = Resting::default();
        resting.begin(&tenant, slow, noon);
        let puts_off = |webhook, attempt, seconds| {
            resting.puts_off(&tenant, webhook, attempt, noon + TimeDelta::seconds(seconds))
        };
        assert!(puts_off(slow, 1, 0) && puts_off(slow, LAST_THAT_WAITS, 29));
        assert!(!puts_off(slow, 1, 30) && !puts_off(slow, LAST_THAT_WAITS + 1, 0) && !puts_off(other, 1, 0));
    }
}
