use super::Limit;

const MICROS: i64 = 1_000_000;
/// By so much the clock of an instance may differ from the right time.
const SKEW: i64 = MICROS;
/// An instance holds tokens for a tenth of the limit's time, and not for longer than this.
const LONGEST_LIFE: i64 = 60 * MICROS;

/// A limit as a bucket keeps it; all times in microseconds.
///
/// In any time `t` no more than `requests + t · requests / seconds` requests are let through, by all instances together.
/// Tokens are spent up to a [`life`](Self::life) after they were taken, and by clocks that differ: both are taken off
/// the window, so that they stay within the bound. At once a client gets [`capacity`](Self::capacity).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// After so long there is another token.
    pub cost: i64,
    /// So long a full bucket takes to be filled.
    pub window: i64,
    /// So long a token is good after it was taken.
    pub life: i64,
    /// The limit's own time.
    pub whole: i64,
}

impl From<Limit> for Pace {
    fn from(limit: Limit) -> Self {
        let (whole, requests) = (i64::from(limit.seconds) * MICROS, i64::from(limit.requests.max(1)));
        let life = (whole / 10).min(LONGEST_LIFE);
        // Rounded up: rather too few.
        Self { cost: (whole + requests - 1) / requests, window: whole - life - 2 * SKEW, life, whole }
    }
}

impl Pace {
    /// Tokens in a full bucket.
    #[must_use]
    pub fn capacity(&self) -> u32 {
        tokens(self.window / self.cost)
    }

    /// Tokens in a bucket that is full again at `tat`.
    #[must_use]
    pub fn left(&self, now: i64, tat: i64) -> u32 {
        tokens((now + self.window - tat.max(now)) / self.cost)
    }

    /// When there is a token again, where none is left.
    #[must_use]
    pub fn next(&self, tat: i64) -> i64 {
        tat + self.cost - self.window
    }
}

fn tokens(count: i64) -> u32 {
    u32::try_from(count.max(0)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pace_keeps_back_what_instances_hold_and_clocks_differ_by() {
        let pace = Pace::from(Limit { requests: 600, seconds: 60 });
        assert_eq!((pace.cost, pace.window, pace.life), (100_000, 52 * MICROS, 6 * MICROS));
        assert_eq!(pace.capacity(), 520);
        assert_eq!(pace.left(0, 26 * MICROS), 260);
        assert_eq!((pace.left(0, 52 * MICROS), pace.next(52 * MICROS)), (0, 100_000));
    }

    #[test]
    fn every_possible_limit_lets_somebody_through() {
        for requests in [10, 11, 999, 1_000_000] {
            for seconds in [10, 13, 600, 3_600] {
                let pace = Pace::from(Limit { requests, seconds });
                assert!(pace.capacity() >= requests / 2, "{requests}/{seconds}: {pace:?}");
            }
        }
    }
}
