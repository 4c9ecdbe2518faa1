//! How often everything was met: shows whether the plans come to where it is interesting.

use std::{collections::BTreeMap, fmt};

use acceptance::Answer;
use functions::watchdog::Round;

#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) plans: usize,
    pub(super) moves: usize,
    pub(super) requests: usize,
    met: BTreeMap<String, usize>,
}

impl Tally {
    pub(super) fn note(&mut self, what: impl Into<String>) {
        self.note_times(what, 1);
    }

    pub(super) fn note_times(&mut self, what: impl Into<String>, times: usize) {
        if times > 0 {
            *self.met.entry(what.into()).or_default() += times;
        }
    }

    pub(super) fn note_answer(&mut self, route: &str, answer: &Answer) {
        let code = answer.body["code"].as_str().unwrap_or("carried out");
        self.note(format!("{route}: {code}"));
    }

    pub(super) fn note_round(&mut self, round: &Round) {
        let Round {
            due: _,
            resent,
            expired,
            timed_out,
            shut_off,
            unlinked,
            failed,
            nudged: _,
            imports_nudged: _,
        } = *round;
        self.note_times("watchdog: resent", resent);
        self.note_times("watchdog: expired", expired);
        self.note_times("watchdog: timed out", timed_out);
        self.note_times("watchdog: shut off", shut_off);
        self.note_times("watchdog: unlinked", unlinked);
        self.note_times("watchdog: failed", failed);
    }

    pub(super) fn add(&mut self, other: Self) {
        self.plans += other.plans;
        self.moves += other.moves;
        self.requests += other.requests;
        other.met.into_iter().for_each(|(what, times)| self.note_times(what, times));
    }

    pub(super) fn has_met(&self, what: &str) -> bool {
        self.met.contains_key(what)
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} plans, {} moves, {} AWS requests", self.plans, self.moves, self.requests)?;
        self.met.iter().try_for_each(|(what, times)| writeln!(f, "{times:8} {what}"))
    }
}
