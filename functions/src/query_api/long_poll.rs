use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::http::{IfNoneMatch, Kind, Patience, Problem};

const LONGEST: u64 = 20;
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// How long to wait for news, from `wait=`. Who does not say what they know waits for nothing in particular, and
/// would call again and again if they were answered at once.
pub(super) fn wanted(wait: Option<&str>, known: &IfNoneMatch) -> Result<Duration, Problem> {
    let Some(wait) = wait else {
        return Ok(Duration::ZERO);
    };
    let seconds = wait.parse().ok().filter(|seconds| (0..=LONGEST).contains(seconds));
    let seconds =
        seconds.ok_or_else(|| refused(&format!("wait is a number of seconds from 0 to {LONGEST}.")))?;
    match known {
        IfNoneMatch::Versions(_) => Ok(Duration::from_secs(seconds)),
        IfNoneMatch::Absent | IfNoneMatch::Anything => {
            Err(refused("wait goes with If-None-Match: send the ETag of the answer that you have."))
        }
    }
}

fn refused(detail: &str) -> Problem {
    Problem::new(Kind::INVALID_PARAMETER, detail)
}

/// The pauses between looks. They grow from a fifth of a second to one second, so that twenty seconds take two
/// dozen looks.
pub(super) struct Pauses {
    patience: Patience,
    end: Instant,
    next: Duration,
}

impl Pauses {
    pub(super) fn begin(wanted: Duration, patience: Patience) -> Self {
        Self { end: Instant::now() + patience.at_most(wanted), patience, next: FIRST_PAUSE }
    }

    /// Lets some time go by; answers whether to look once more. Not when the time is up, or the host ends.
    pub(super) async fn pause(&mut self) -> bool {
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

    #[test]
    fn whoever_waits_says_what_they_know_and_for_how_long() {
        let known = IfNoneMatch::Versions(vec![5]);
        assert_eq!(wanted(None, &IfNoneMatch::Absent).unwrap(), Duration::ZERO);
        for seconds in [0, 1, 20] {
            let wait = seconds.to_string();
            assert_eq!(wanted(Some(&wait), &known).unwrap(), Duration::from_secs(seconds));
        }
        for wait in ["21", "-1", "1.5", "5s", "99999999999999999999"] {
            assert_eq!(wanted(Some(wait), &known).unwrap_err().kind, Kind::INVALID_PARAMETER, "{wait}");
        }
        for nothing in [IfNoneMatch::Absent, IfNoneMatch::Anything] {
            assert_eq!(wanted(Some("5"), &nothing).unwrap_err().kind, Kind::INVALID_PARAMETER);
        }
    }
}
