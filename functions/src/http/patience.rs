use std::time::Duration;

use axum::{extract::FromRequestParts, http::request::Parts};
use tokio::sync::watch;

use super::{Problem, Scope};

/// For the answer itself, when the function's time is nearly over.
const RESERVE: Duration = Duration::from_secs(3);

/// Tells requests that their host is about to end: whoever only waits for something answers now. A function that
/// is frozen between two requests needs none.
#[derive(Clone, Debug)]
pub struct Stopping(pub watch::Receiver<bool>);

/// How long an answer can be put off.
#[derive(Clone, Debug)]
pub struct Patience {
    /// Until the function is ended; none where nobody ends it.
    left: Option<Duration>,
    stopping: Option<Stopping>,
}

impl Patience {
    /// In a host that nobody ends but itself.
    #[cfg(test)]
    pub(crate) fn of_a_host(stopped: watch::Receiver<bool>) -> Self {
        Self { left: None, stopping: Some(Stopping(stopped)) }
    }

    /// As long as that, or until shortly before the function is ended.
    #[must_use]
    pub fn at_most(&self, wanted: Duration) -> Duration {
        self.left.map_or(wanted, |left| wanted.min(left.saturating_sub(RESERVE)))
    }

    /// Resolves when the host is about to end.
    pub async fn is_over(&self) {
        if let Some(Stopping(mut stopped)) = self.stopping.clone()
            && stopped.wait_for(|stopped| *stopped).await.is_ok()
        {
            return;
        }
        // Nobody is there who could end it.
        std::future::pending().await
    }
}

impl<S: Sync> FromRequestParts<S> for Patience {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let left = Scope::current().and_then(|scope| scope.time_left);
        Ok(Self { left, stopping: parts.extensions.get().cloned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    #[test]
    fn an_answer_is_there_before_the_function_is_ended() {
        let until = |left| Patience { left, stopping: None }.at_most(seconds(20));
        assert_eq!(until(None), seconds(20));
        assert_eq!(until(Some(seconds(30))), seconds(20));
        assert_eq!(until(Some(seconds(10))), seconds(7));
        assert_eq!(until(Some(seconds(1))), Duration::ZERO);
    }
}
