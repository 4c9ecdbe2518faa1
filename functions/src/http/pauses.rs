use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::Patience;

/// Nobody waits longer for an answer: gateways give up after thirty seconds.
pub const LONGEST_WAIT: Duration = Duration::from_secs(20);
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// The pauses between looks. They grow from a fifth of a second to one second, so that twenty seconds take two
/// dozen looks.
pub(crate) struct Pauses {
    patience: Patience,
    end: Instant,
    next: Duration,
}

impl Pauses {
    pub(crate) fn begin(wanted: Duration, patience: Patience) -> Self {
        Self { end: Instant::now() + patience.at_most(wanted), patience, next: FIRST_PAUSE }
    }

    /// Lets some time go by; answers whether to look once more. Not when the time is up, or the host ends.
    pub(crate) async fn pause(&mut self) -> bool {
        let now = Instant::now();
        if now >= self.end {
            return false;
        }
        let until = self.end.min(now + self.next);
        self.next = LONGEST_PAUSE.min(self.next * 2);
        tokio::select! {
            () = sleep_until(until) => true,
            () = self.patience.is_over() => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::watch;

    use super::*;

    fn patience(stopped: &watch::Receiver<bool>) -> Patience {
        Patience::of_a_host(stopped.clone())
    }

    /// How many looks there are, at most so many, and how long they take.
    async fn looks(at_most: u32, wanted: u64, patience: Patience) -> (u32, Duration) {
        let (begin, mut looks) = (Instant::now(), 1);
        let mut pauses = Pauses::begin(Duration::from_secs(wanted), patience);
        while looks < at_most && pauses.pause().await {
            looks += 1;
        }
        (looks, begin.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn news_ends_the_wait_at_the_next_look() {
        let (_host, stopped) = watch::channel(false);
        for (number, waited) in [(1, 0), (2, 200), (3, 600), (4, 1_400), (5, 2_400), (6, 3_400)] {
            let looked = looks(number, 20, patience(&stopped)).await;
            assert_eq!(looked, (number, Duration::from_millis(waited)));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn without_news_the_wait_ends_when_its_time_is_up_with_a_last_look() {
        let (_host, stopped) = watch::channel(false);
        for (wanted, count) in [(0, 1), (1, 4), (2, 5), (20, 23)] {
            let looked = looks(u32::MAX, wanted, patience(&stopped)).await;
            assert_eq!(looked, (count, Duration::from_secs(wanted)), "{wanted}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_host_that_ends_ends_the_wait() {
        let (host, stopped) = watch::channel(false);
        let begin = Instant::now();
        let waiting = looks(u32::MAX, 20, patience(&stopped));
        let stopping = async {
            sleep_until(begin + Duration::from_millis(1_500)).await;
            host.send_replace(true);
        };
        let ((_, waited), ()) = tokio::join!(waiting, stopping);
        assert_eq!(waited, Duration::from_millis(1_500));
    }
}
