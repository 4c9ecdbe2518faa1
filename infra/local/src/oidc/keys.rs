use std::sync::{Arc, PoisonError, RwLock};

use chrono::{DateTime, TimeDelta, Utc};
use infra_aws::logs::chain;
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::{
    discovery::{Discovery, Found, NotFound},
    key::Key,
    refusal::{Refusal, Unverified},
};

/// The provider is asked once in this time at most, whatever tokens come.
pub const ASK_AGAIN_AFTER: TimeDelta = TimeDelta::seconds(10);
/// Keys are good without a look at the provider for as long as it says, but not shorter than this…
pub const SHORTEST_FRESH: TimeDelta = TimeDelta::minutes(1);
/// …nor longer than this: so long a key that was withdrawn may work on.
pub const LONGEST_FRESH: TimeDelta = TimeDelta::hours(1);
/// If the provider says nothing.
const USUAL_FRESH: TimeDelta = TimeDelta::minutes(10);
/// While the provider does not answer, the last keys work on for so long after that.
pub const GRACE: TimeDelta = TimeDelta::hours(2);

/// The keys of a provider, which are looked up again when they have grown old, and when a token names one that is
/// not among them.
pub(super) struct Keys {
    provider: Arc<Discovery>,
    known: Arc<RwLock<Known>>,
    /// Whoever asks the provider has it.
    turn: Arc<Mutex<()>>,
}

/// What is known of a provider.
#[derive(Clone, Default)]
struct Known {
    keys: Arc<[Key]>,
    /// `None` before the first answer.
    fresh_until: Option<DateTime<Utc>>,
    asked_at: Option<DateTime<Utc>>,
    /// Whether there was no answer the last time.
    has_failed: bool,
}

impl Keys {
    pub(super) fn of(provider: Discovery) -> Self {
        Self { provider: Arc::new(provider), known: Arc::default(), turn: Arc::default() }
    }

    /// The keys of this name, of which there are seldom two.
    pub(super) async fn named(&self, kid: &str, now: DateTime<Utc>) -> Result<Vec<Key>, Unverified> {
        let mut known = self.known();
        if !known.suffices(kid, now) {
            if let Some(turn) = self.turn(&known, kid, now).await {
                self.ask(turn, kid, now).await;
            }
            known = self.known();
        }
        if !known.is_usable(now) {
            return Err(known.unreachable(now));
        }
        let named: Vec<Key> = known.named(kid).cloned().collect();
        match (named.is_empty(), known.has_failed) {
            (false, _) => Ok(named),
            // It may be a new one.
            (true, true) => Err(known.unreachable(now)),
            (true, false) => Err(Refusal::UnknownKey.into()),
        }
    }

    /// Everybody who needs an answer waits for it. Whoever can go on with what is known leaves it to one.
    async fn turn(&self, known: &Known, kid: &str, now: DateTime<Utc>) -> Option<OwnedMutexGuard<()>> {
        if known.is_usable(now) && known.named(kid).next().is_some() {
            return self.turn.clone().try_lock_owned().ok();
        }
        Some(self.turn.clone().lock_owned().await)
    }

    /// Asks the provider, unless somebody else just did.
    async fn ask(&self, turn: OwnedMutexGuard<()>, kid: &str, now: DateTime<Utc>) {
        let known = self.known();
        if known.suffices(kid, now) || !known.may_ask(now) {
            return;
        }
        change(&self.known, |known| known.asked_at = Some(now));
        let (provider, known) = (self.provider.clone(), self.known.clone());
        // By itself: a caller who goes away takes nobody's answer along.
        let asking = tokio::spawn(async move {
            let _turn = turn;
            let answer = provider.keys().await;
            change(&known, |known| known.learn(answer, now));
        });
        if let Err(error) = asking.await {
            tracing::error!(%error, "asking for the provider's keys");
        }
    }

    fn known(&self) -> Known {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn change(known: &RwLock<Known>, change: impl FnOnce(&mut Known)) {
    change(&mut known.write().unwrap_or_else(PoisonError::into_inner));
}

impl Known {
    fn suffices(&self, kid: &str, now: DateTime<Utc>) -> bool {
        self.fresh_until.is_some_and(|until| now < until) && self.named(kid).next().is_some()
    }

    fn is_usable(&self, now: DateTime<Utc>) -> bool {
        self.fresh_until.is_some_and(|until| now < until + GRACE)
    }

    /// A clock that was set back does not stop the asking.
    fn may_ask(&self, now: DateTime<Utc>) -> bool {
        self.asked_at.is_none_or(|asked| (now - asked).abs() >= ASK_AGAIN_AFTER)
    }

    fn named(&self, kid: &str) -> impl Iterator<Item = &Key> {
        self.keys.iter().filter(move |key| key.kid == kid)
    }

    fn unreachable(&self, now: DateTime<Utc>) -> Unverified {
        let wait = self.asked_at.map_or(TimeDelta::zero(), |asked| asked + ASK_AGAIN_AFTER - now);
        Unverified::Unreachable { retry_after: wait.num_seconds().clamp(1, 60).unsigned_abs() }
    }

    /// A set without a usable key is an answer too: the provider has withdrawn them all.
    fn learn(&mut self, answer: Result<Found, NotFound>, now: DateTime<Utc>) {
        match answer {
            Ok(Found { keys, max_age }) => {
                let age = max_age.map(|age| TimeDelta::from_std(age).unwrap_or(LONGEST_FRESH));
                let fresh = age.unwrap_or(USUAL_FRESH).clamp(SHORTEST_FRESH, LONGEST_FRESH);
                tracing::debug!(keys = keys.len(), "the provider's keys");
                *self = Self {
                    keys: keys.into(),
                    fresh_until: Some(now + fresh),
                    has_failed: false,
                    asked_at: self.asked_at,
                };
            }
            Err(error) => {
                tracing::warn!(error = chain(&error), "the provider's keys cannot be had");
                self.has_failed = true;
            }
        }
    }
}
