use std::{
    num::NonZeroUsize,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};
use domain::TenantId;
use infra_aws::{
    clock::Clock,
    documents::{Document, Documents},
    limits::{Limit, Limits, Policy},
    logs::chain,
    views::ViewError,
};
use lru::LruCache;
use serde::{Deserialize, Serialize};

const COLLECTION: &str = "!limits";
/// For so long an instance goes by what it has read.
const FRESH_FOR: TimeDelta = TimeDelta::seconds(60);
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(1_000).expect("it is not zero");

/// What operators have set for a tenant; what is left out is as it is for every tenant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Chosen {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commands: Option<Limit>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queries: Option<Limit>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shut_offs: Option<Limit>,
}

/// What holds for a tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InForce {
    pub limits: Limits,
    pub chosen: Chosen,
    /// How often something was set; 0 if never.
    pub version: u64,
}

/// The limits of tenants.
#[derive(Clone)]
pub struct TenantLimits {
    documents: Documents,
    defaults: Limits,
    clock: Clock,
    seen: Arc<Mutex<LruCache<TenantId, Seen>>>,
}

#[derive(Clone, Copy)]
struct Seen {
    at: DateTime<Utc>,
    in_force: InForce,
}

impl TenantLimits {
    #[must_use]
    pub fn new(documents: Documents, defaults: Limits, clock: Clock) -> Self {
        Self { documents, defaults, clock, seen: Arc::new(Mutex::new(LruCache::new(REMEMBERED))) }
    }

    /// What holds for a tenant, as it was within the last minute. If that cannot be read, what held before does, or
    /// what holds for every tenant.
    pub async fn of(&self, tenant: &TenantId) -> InForce {
        let now = self.clock.now();
        let seen = self.seen().get(tenant).copied();
        if let Some(seen) = seen.filter(|seen| (seen.at..seen.at + FRESH_FOR).contains(&now)) {
            return seen.in_force;
        }
        match self.read(tenant).await {
            Ok(in_force) => in_force,
            Err(error) => {
                tracing::warn!(error = chain(&error), %tenant, "the limits of a tenant cannot be read");
                let in_force = seen.map_or_else(|| self.in_force(None), |seen| seen.in_force);
                self.remember(tenant, in_force);
                in_force
            }
        }
    }

    /// What holds for a tenant now.
    ///
    /// # Errors
    /// [`ViewError::Unavailable`], [`ViewError::Unreadable`].
    pub async fn read(&self, tenant: &TenantId) -> Result<InForce, ViewError> {
        let document = self.documents.get(COLLECTION, tenant.as_str()).await?;
        let in_force = self.in_force(document);
        self.remember(tenant, in_force);
        Ok(in_force)
    }

    /// Sets the limits of a tenant, if nobody has since `read`. Other instances go by them within a minute.
    ///
    /// # Errors
    /// [`ViewError::Changed`] if somebody has; [`ViewError::Unavailable`].
    pub async fn set(&self, tenant: &TenantId, read: &InForce, chosen: Chosen) -> Result<InForce, ViewError> {
        let name = tenant.as_str();
        let written = match read.version {
            0 => self.documents.create(COLLECTION, name, chosen).await?,
            revision => {
                let document = Document { name: name.into(), revision, content: chosen };
                self.documents.replace(COLLECTION, document).await?
            }
        };
        let in_force = self.in_force(Some(written));
        self.remember(tenant, in_force);
        Ok(in_force)
    }

    fn in_force(&self, document: Option<Document<Chosen>>) -> InForce {
        let (chosen, version) = document.map_or_else(Default::default, |read| (read.content, read.revision));
        let limits = Limits {
            commands: chosen.commands.unwrap_or(self.defaults.of(Policy::Commands)),
            queries: chosen.queries.unwrap_or(self.defaults.of(Policy::Queries)),
            shut_offs: chosen.shut_offs.unwrap_or(self.defaults.of(Policy::ShutOffs)),
        };
        InForce { limits, chosen, version }
    }

    fn remember(&self, tenant: &TenantId, in_force: InForce) {
        let seen = Seen { at: self.clock.now(), in_force };
        self.seen().put(tenant.clone(), seen);
    }

    fn seen(&self) -> MutexGuard<'_, LruCache<TenantId, Seen>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
