use std::time::Duration;

use crate::http::{IfNoneMatch, Kind, LONGEST_WAIT, Problem};

/// How long to wait for news, from `wait=`. Who does not say what they know waits for nothing in particular, and
/// would call again and again if they were answered at once.
pub(super) fn wanted(wait: Option<&str>, known: &IfNoneMatch) -> Result<Duration, Problem> {
    let duration = at_most(wait)?;
    match known {
        IfNoneMatch::Absent | IfNoneMatch::Anything if wait.is_some() => {
            Err(refused("wait goes with If-None-Match: send the ETag of the answer that you have."))
        }
        IfNoneMatch::Absent | IfNoneMatch::Anything | IfNoneMatch::Versions(_) => Ok(duration),
    }
}

/// How long somebody wants to wait at most, from `wait=`.
pub(super) fn at_most(wait: Option<&str>) -> Result<Duration, Problem> {
    let Some(wait) = wait else {
        return Ok(Duration::ZERO);
    };
    let seconds = wait.parse().ok().filter(|seconds| (0..=LONGEST_WAIT.as_secs()).contains(seconds));
    let seconds = seconds.map(Duration::from_secs);
    seconds
        .ok_or_else(|| refused(&format!("wait is a number of seconds from 0 to {}.", LONGEST_WAIT.as_secs())))
}

fn refused(detail: &str) -> Problem {
    Problem::new(Kind::INVALID_PARAMETER, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

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
