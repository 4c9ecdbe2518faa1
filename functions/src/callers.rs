//! Who callers are now. A token says what somebody was when it was issued; what they are, their own stream
//! says.

use std::{
    collections::BTreeSet,
    num::NonZeroUsize,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};
use domain::{Caller, CallerRole, TenantId, User, UserId};
use event_store::{Aggregates, DynamoEventStore, StoreError};
use futures_util::FutureExt as _;
use infra_aws::clock::Clock;
use lru::LruCache;

use crate::commands::users;

/// For so long an instance goes by what it has read. Nobody calls for five seconds after they were shut off;
/// the rest is for requests that are under way.
const FRESH_FOR: TimeDelta = TimeDelta::seconds(4);
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(1_000).expect("it is not zero");

/// Judges callers by their current state, at the price of one read every few seconds for each caller.
#[derive(Clone)]
pub struct Callers {
    users: Aggregates<User>,
    clock: Clock,
    seen: Arc<Mutex<LruCache<(TenantId, UserId), Seen>>>,
}

#[derive(Clone)]
struct Seen {
    /// When the look at them began.
    at: DateTime<Utc>,
    standing: Standing,
}

impl Seen {
    /// Not so if the clock was set back since.
    fn is_fresh(&self, now: DateTime<Utc>) -> bool {
        (self.at..self.at + FRESH_FOR).contains(&now)
    }
}

/// What a caller is.
#[derive(Clone)]
enum Standing {
    /// Nobody that this system knows: their identity provider alone answers for them.
    Stranger,
    Inactive,
    Active(BTreeSet<CallerRole>),
}

/// The caller is a user who is not active: shut off, deleted, or not provisioned yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inactive;

impl Callers {
    pub(crate) fn new(users: Aggregates<User>, clock: Clock) -> Self {
        Self { users, clock, seen: Arc::new(Mutex::new(LruCache::new(REMEMBERED))) }
    }

    /// For a function that carries out no commands.
    #[must_use]
    pub fn reading(events: &DynamoEventStore, clock: Clock) -> Self {
        Self::new(users(events), clock)
    }

    /// The caller with the roles that they have by their token and by their state, both.
    ///
    /// # Errors
    /// The store's error. A caller who cannot be judged is not let in.
    pub async fn judge(&self, caller: Caller) -> Result<Result<Caller, Inactive>, StoreError> {
        let Some(user) = caller.user() else { return Ok(Ok(caller)) };
        Ok(match self.standing(&caller.tenant, user).await? {
            Standing::Stranger => Ok(caller),
            Standing::Inactive => Err(Inactive),
            Standing::Active(roles) => {
                let roles = caller.roles.intersection(&roles).copied().collect();
                Ok(Caller { roles, ..caller })
            }
        })
    }

    async fn standing(&self, tenant: &TenantId, user: UserId) -> Result<Standing, StoreError> {
        let (key, now) = ((tenant.clone(), user), self.clock.now());
        if let Some(seen) = self.lock().get(&key).filter(|seen| seen.is_fresh(now)) {
            return Ok(seen.standing.clone());
        }
        let loaded = self.users.load(tenant.as_str(), &user.to_string()).boxed().await?;
        let standing = match loaded.state.account() {
            None => Standing::Stranger,
            Some(account) if account.is_active() => Standing::Active(account.caller_roles()),
            Some(_) => Standing::Inactive,
        };
        self.lock().put(key, Seen { at: now, standing: standing.clone() });
        Ok(standing)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, LruCache<(TenantId, UserId), Seen>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
