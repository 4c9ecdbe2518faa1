use std::time::{Duration, Instant};

/// What requests of one kind came to.
#[derive(Default)]
pub(crate) struct Figures {
    took: Vec<Duration>,
    pub(crate) errors: Vec<String>,
    lasted: Duration,
}

impl Figures {
    pub(crate) fn note(&mut self, began: Instant, answer: Result<(), String>) {
        match answer {
            Ok(()) => self.took.push(began.elapsed()),
            Err(error) => self.errors.push(error),
        }
    }

    pub(crate) fn add(&mut self, other: Self, lasted: Duration) {
        self.took.extend(other.took);
        self.errors.extend(other.errors);
        self.lasted = lasted;
    }

    pub(crate) fn a_second(&self) -> f64 {
        self.took.len() as f64 / self.lasted.as_secs_f64()
    }

    /// So many of a hundred took no longer, in milliseconds.
    pub(crate) fn percentile(&self, percent: usize) -> f64 {
        let mut sorted = self.took.clone();
        sorted.sort_unstable();
        let at = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
        sorted.get(at).map_or(0.0, |took| took.as_secs_f64() * 1e3)
    }
}
