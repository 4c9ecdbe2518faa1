use std::{
    num::NonZeroUsize,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    TenantId,
    webhook::{EventTypes, Slot, WebhookId},
};
use infra_aws::{
    clock::Clock,
    logs::chain,
    views::{ViewError, ViewStore},
};
use lru::LruCache;
use projections::{WebhookDirectory, webhook_directory::ENABLED};

/// For so long an instance goes by what it has read.
const FRESH_FOR: TimeDelta = TimeDelta::seconds(5);
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(10_000).expect("it is not zero");

/// Which webhooks are to be told: one look at the read model every few seconds for each tenant that something happens to.
#[derive(Clone)]
pub(super) struct Registry {
    views: ViewStore,
    clock: Clock,
    seen: Arc<Mutex<LruCache<TenantId, Seen>>>,
}

#[derive(Clone)]
struct Seen {
    at: DateTime<Utc>,
    enabled: Arc<[Enabled]>,
}

/// A webhook that events are sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Enabled {
    pub(super) webhook: WebhookId,
    pub(super) types: EventTypes,
}

impl Registry {
    pub(super) fn new(views: ViewStore, clock: Clock) -> Self {
        Self { views, clock, seen: Arc::new(Mutex::new(LruCache::new(REMEMBERED))) }
    }

    /// A tenant's enabled webhooks, as they were within the last five seconds. If that cannot be read, as they were when it
    /// could: an event that is sent to one webhook too many is dropped by the courier.
    ///
    /// # Errors
    /// When it cannot be read, and never was.
    pub(super) async fn enabled(&self, tenant: &TenantId) -> Result<Arc<[Enabled]>, ViewError> {
        let now = self.clock.now();
        let seen = self.lock().get(tenant).cloned();
        if let Some(seen) = seen.as_ref().filter(|seen| (seen.at..seen.at + FRESH_FOR).contains(&now)) {
            return Ok(seen.enabled.clone());
        }
        match (self.read(tenant).await, seen) {
            (Ok(enabled), _) => {
                let seen = Seen { at: now, enabled: enabled.into() };
                self.lock().put(tenant.clone(), seen.clone());
                Ok(seen.enabled)
            }
            (Err(error), Some(seen)) => {
                tracing::warn!(error = chain(&error), %tenant, "the webhooks of a tenant cannot be read");
                Ok(seen.enabled)
            }
            (Err(error), None) => Err(error),
        }
    }

    async fn read(&self, tenant: &TenantId) -> Result<Vec<Enabled>, ViewError> {
        let rows = self.views.live::<WebhookDirectory>().await?;
        let (mut enabled, mut after) = (Vec::new(), None);
        loop {
            let limit = usize::from(Slot::COUNT);
            let terms = [ENABLED.to_owned()];
            let page = rows.list(tenant.as_str(), &terms, limit, after.as_deref()).await?;
            enabled.extend(page.rows.into_iter().filter_map(|(id, row)| {
                let types = row.view.webhook.registration()?.types.clone();
                Some(Enabled { webhook: id.parse().ok()?, types })
            }));
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(enabled),
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, LruCache<TenantId, Seen>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Registry")
    }
}
