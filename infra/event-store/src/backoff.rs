use std::time::Duration;

use uuid::Uuid;

use crate::{StoreError, setback::Setback};

const MOST_ATTEMPTS: u32 = 20;
const SHORTEST: Duration = Duration::from_millis(5);
const LONGEST: Duration = Duration::from_millis(100);

/// Spaces the attempts of one execution, with full jitter: each pause is anything up to a bound that
/// doubles. The chance comes from the commit id, which is random already.
#[derive(Debug)]
pub(crate) struct Backoff {
    seed: [u8; 16],
    failed: u32,
}

impl Backoff {
    pub(crate) fn new(commit_id: Uuid) -> Self {
        Self { seed: commit_id.into_bytes(), failed: 0 }
    }

    /// How many attempts came to nothing.
    pub(crate) fn failed(&self) -> u32 {
        self.failed
    }

    /// Waits before the next attempt.
    ///
    /// # Errors
    /// What the setback amounts to, when that was the last attempt.
    pub(crate) async fn pause(&mut self, setback: Setback) -> Result<(), StoreError> {
        self.failed += 1;
        if self.failed >= MOST_ATTEMPTS {
            return Err(setback.after(self.failed));
        }
        let pause = self.next();
        tracing::debug!(?setback, attempt = self.failed, ?pause, "the command is decided again");
        tokio::time::sleep(pause).await;
        Ok(())
    }

    /// Takes two bytes of the seed for each pause. The second is the weightier one, as it is free of
    /// the fixed bits of a version 4 UUID.
    fn next(&self) -> Duration {
        let at = 2 * ((self.failed as usize - 1) % 8);
        let chance = u16::from_le_bytes([self.seed[at], self.seed[at + 1]]);
        bound(self.failed) * u32::from(chance) / (u32::from(u16::MAX) + 1)
    }
}

fn bound(failed: u32) -> Duration {
    LONGEST.min(SHORTEST * 2u32.pow(failed - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(failed: u32, byte: u8) -> Duration {
        Backoff { seed: [byte; 16], failed }.next()
    }

    #[test]
    fn bounds_double_up_to_the_longest() {
        let bounds: Vec<_> = (1..8).map(|failed| bound(failed).as_millis()).collect();
        assert_eq!(bounds, [5, 10, 20, 40, 80, 100, 100]);
    }

    #[test]
    fn a_pause_is_anything_below_its_bound() {
        assert_eq!(after(1, 0), Duration::ZERO);
        assert_eq!(after(1, 128).as_micros(), 2509);
        assert!((Duration::from_millis(99)..LONGEST).contains(&after(MOST_ATTEMPTS - 1, 255)));
    }

    #[tokio::test]
    async fn the_twentieth_failure_is_the_last() {
        // Of this seed every pause is zero.
        let mut backoff = Backoff::new(Uuid::nil());
        for _ in 1..MOST_ATTEMPTS {
            backoff.pause(Setback::Busy).await.unwrap();
        }
        let last = backoff.pause(Setback::Busy).await;
        assert!(matches!(last, Err(StoreError::TransactionConflict { attempts: 20 })));
    }
}
