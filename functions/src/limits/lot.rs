use infra_aws::limits::{Pace, Taken};

/// Of a full bucket an instance takes this part at first, and never more than [`LARGEST`].
const FIRST: u32 = 128;
const LARGEST: u32 = 16;

/// What an instance remembers of one bucket, and the tokens that it has taken out of it.
#[derive(Debug, Default)]
pub(super) struct Lot {
    tokens: u32,
    /// Just before they were asked for.
    taken_at: i64,
    /// What was asked for last; 0 before the first time.
    size: u32,
    tat: Option<i64>,
    refused: Option<Refusal>,
    pace: Option<Pace>,
}

#[derive(Clone, Copy, Debug)]
struct Refusal {
    at: i64,
    until: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Held {
    /// It is spent now.
    Token,
    RefusedUntil(i64),
    Nothing {
        ask_for: u32,
    },
}

impl Lot {
    /// Spends a token, if there is a good one.
    pub(super) fn spend(&mut self, pace: &Pace, now: i64) -> Held {
        if self.pace != Some(*pace) {
            // Another limit holds: what was taken under the old one is lost.
            *self = Self { tat: self.tat, pace: Some(*pace), ..Self::default() };
        }
        // A clock that was set back makes nothing live longer.
        let is_live = (self.taken_at..self.taken_at + pace.life).contains(&now);
        if is_live && self.tokens > 0 {
            self.tokens -= 1;
            return Held::Token;
        }
        let refused = self.refused.filter(|refused| (refused.at..refused.until).contains(&now));
        if let Some(refused) = refused {
            return Held::RefusedUntil(refused.until);
        }
        self.refused = None;
        let (first, largest) = (pace.capacity() / FIRST, pace.capacity() / LARGEST);
        self.size = match self.size {
            0 => first,
            // Whoever spends a lot within its life is given a larger one.
            size if is_live => size.saturating_mul(2),
            size if self.tokens > 0 => size / 2,
            size => size,
        };
        self.size = self.size.clamp(first.max(1), largest.max(1));
        self.tokens = 0;
        Held::Nothing { ask_for: self.size }
    }

    /// One of the tokens is spent at once.
    pub(super) fn refill(&mut self, taken: Taken, now: i64) {
        match taken {
            Taken::Some { tokens, tat } => {
                (self.tokens, self.taken_at, self.tat) = (tokens.saturating_sub(1), now, Some(tat));
            }
            Taken::None { tat } => {
                self.tat = Some(tat);
                self.refused = self.pace.map(|pace| Refusal { at: now, until: pace.next(tat) });
            }
        }
    }

    pub(super) fn tat(&self) -> Option<i64> {
        self.tat
    }

    /// What the client has left if nobody else has taken anything since.
    pub(super) fn remaining(&self, pace: &Pace, now: i64) -> u32 {
        self.tokens + pace.left(now, self.tat.unwrap_or(now))
    }
}

#[cfg(test)]
mod tests {
    use infra_aws::limits::Limit;

    use super::*;

    const SECOND: i64 = 1_000_000;

    fn pace() -> Pace {
        // 520 tokens, good for 6 s.
        Pace::from(Limit { requests: 600, seconds: 60 })
    }

    fn ask(lot: &mut Lot, now: i64) -> u32 {
        match lot.spend(&pace(), now) {
            Held::Nothing { ask_for } => {
                lot.refill(Taken::Some { tokens: ask_for, tat: now }, now);
                ask_for
            }
            held @ (Held::Token | Held::RefusedUntil(_)) => panic!("{held:?}"),
        }
    }

    #[test]
    fn a_busy_client_gets_larger_lots_and_a_calm_one_smaller_ones() {
        let (mut lot, mut sizes) = (Lot::default(), Vec::new());
        for request in 0..200 {
            // A request every 10 ms.
            let now = request * SECOND / 100;
            match lot.spend(&pace(), now) {
                Held::Nothing { ask_for } => {
                    sizes.push(ask_for);
                    lot.refill(Taken::Some { tokens: ask_for, tat: now }, now);
                }
                Held::Token => {}
                Held::RefusedUntil(_) => panic!("nobody refused"),
            }
        }
        assert_eq!(sizes, [4, 8, 16, 32, 32, 32, 32, 32, 32]);
        let calm: Vec<u32> = (1..6).map(|round| ask(&mut lot, round * 10 * SECOND)).collect();
        assert_eq!(calm, [16, 8, 4, 4, 4]);
    }

    #[test]
    fn tokens_are_good_for_their_life_and_not_before_they_were_taken() {
        let mut lot = Lot::default();
        assert_eq!(ask(&mut lot, 0), 4);
        assert_eq!(lot.spend(&pace(), 6 * SECOND - 1), Held::Token);
        assert!(matches!(lot.spend(&pace(), 6 * SECOND), Held::Nothing { .. }));
        let mut lot = Lot::default();
        ask(&mut lot, 0);
        assert!(matches!(lot.spend(&pace(), -1), Held::Nothing { .. }), "the clock was set back");
    }

    #[test]
    fn who_was_refused_is_refused_from_memory_until_there_is_a_token() {
        let mut lot = Lot::default();
        assert!(matches!(lot.spend(&pace(), 0), Held::Nothing { .. }));
        let empty = pace().window;
        lot.refill(Taken::None { tat: empty }, 0);
        assert_eq!(lot.spend(&pace(), 99_999), Held::RefusedUntil(100_000));
        assert!(matches!(lot.spend(&pace(), 100_000), Held::Nothing { .. }));
    }

    #[test]
    fn another_limit_starts_afresh() {
        let mut lot = Lot::default();
        ask(&mut lot, 0);
        let other = Pace::from(Limit { requests: 6_000, seconds: 60 });
        assert_eq!(lot.spend(&other, 1), Held::Nothing { ask_for: 40 });
    }
}
