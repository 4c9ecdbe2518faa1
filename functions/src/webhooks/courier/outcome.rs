use std::time::Duration;

use chrono::TimeDelta;
use infra_aws::receivers::NoAnswer;

/// Between two tries.
const WAITS: [Duration; 7] = [
    Duration::from_secs(5),
    Duration::from_secs(30),
    Duration::from_secs(2 * 60),
    Duration::from_secs(10 * 60),
    Duration::from_secs(60 * 60),
    Duration::from_secs(3 * 60 * 60),
    Duration::from_secs(6 * 60 * 60),
];

/// So many tries has a delivery.
pub(crate) const TRIES: u32 = WAITS.len() as u32 + 1;

/// From the first of them to the last.
pub(crate) const TRIED_FOR: TimeDelta = TimeDelta::seconds(5 + 30 + 120 + 600 + 3_600 + 10_800 + 21_600);

/// How long to wait after a try of this number; after the last one as long as before it.
pub(crate) fn back_off(attempt: u32) -> Duration {
    let place = usize::try_from(attempt.saturating_sub(1)).unwrap_or(usize::MAX);
    WAITS[place.min(WAITS.len() - 1)]
}

/// What the receiver said, and what that means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Arrived,
    /// The receiver wants no more.
    Gone,
    Failed,
}

impl Outcome {
    pub(super) fn of(answer: Result<u16, NoAnswer>) -> Self {
        match answer {
            Ok(200..300) => Self::Arrived,
            Ok(410) => Self::Gone,
            Ok(_) | Err(NoAnswer::NotPublic | NoAnswer::TooSlow | NoAnswer::Unreachable) => Self::Failed,
        }
    }
}

/// The word for it that clients see.
pub(super) fn word(no_answer: NoAnswer) -> &'static str {
    match no_answer {
        NoAnswer::NotPublic => "not_public",
        NoAnswer::TooSlow => "too_slow",
        NoAnswer::Unreachable => "unreachable",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_are_further_and_further_apart_for_ten_hours() {
        let waits: Vec<u64> = (1..TRIES).map(|attempt| back_off(attempt).as_secs()).collect();
        assert_eq!(waits, [5, 30, 120, 600, 3_600, 10_800, 21_600]);
        assert_eq!(TRIED_FOR.num_seconds().unsigned_abs(), waits.iter().sum::<u64>());
        assert_eq!([0, TRIES, u32::MAX].map(|attempt| back_off(attempt).as_secs()), [5, 21_600, 21_600]);
    }

    #[test]
    fn only_a_2xx_has_arrived() {
        assert_eq!([200, 204, 299].map(|status| Outcome::of(Ok(status))), [Outcome::Arrived; 3]);
        assert_eq!(Outcome::of(Ok(410)), Outcome::Gone);
        for status in [100, 199, 300, 302, 400, 404, 429, 500, 503] {
            assert_eq!(Outcome::of(Ok(status)), Outcome::Failed, "{status}");
        }
        assert_eq!(Outcome::of(Err(NoAnswer::TooSlow)), Outcome::Failed);
    }
}
