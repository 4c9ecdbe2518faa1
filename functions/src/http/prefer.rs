use std::time::Duration;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderName, HeaderValue, request::Parts},
};

use super::{LONGEST_WAIT, Problem};

const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// `Prefer: wait=10` (RFC 7240): the caller would rather wait so long, at most twenty seconds here, than be told
/// that something is under way. `None` where they do not say so. A preference that cannot be read is none: nobody
/// is refused for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PreferWait(pub Option<Duration>);

impl PreferWait {
    /// How much of the preference was followed.
    #[must_use]
    pub fn applied(self) -> Option<(HeaderName, HeaderValue)> {
        let value = format!("wait={}", self.0?.as_secs());
        Some((PREFERENCE_APPLIED, HeaderValue::from_str(&value).ok()?))
    }
}

impl<S: Sync> FromRequestParts<S> for PreferWait {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Ok(Self(wait(&parts.headers)))
    }
}

/// The first one counts, if somebody prefers several.
fn wait(headers: &HeaderMap) -> Option<Duration> {
    let lines = headers.get_all("prefer").iter().filter_map(|line| line.to_str().ok());
    let mut waits = lines.flat_map(|line| line.split(',')).filter_map(|preference| {
        let (name, value) = preference.split(';').next()?.split_once('=')?;
        name.trim().eq_ignore_ascii_case("wait").then(|| value.trim().trim_matches('"'))
    });
    let seconds = waits.next()?;
    let is_number = !seconds.is_empty() && seconds.bytes().all(|digit| digit.is_ascii_digit());
    // More seconds than a number holds are a wish for many.
    let seconds = is_number.then(|| seconds.parse().unwrap_or(u64::MAX))?;
    Some(Duration::from_secs(seconds).min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(lines: &[&'static str]) -> Option<u64> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append("prefer", HeaderValue::from_static(line));
        }
        wait(&headers).map(|wait| wait.as_secs())
    }

    #[test]
    fn a_wish_to_wait_is_found_among_others_and_bounded() {
        for (lines, seconds) in [
            (&["wait=10"][..], 10),
            (&["respond-async, wait=10"], 10),
            (&["return=minimal", "Wait = \"7\"; foo=bar"], 7),
            (&["wait=3, wait=9"], 3),
            (&["wait=0"], 0),
            (&["wait=600"], 20),
            (&["wait=99999999999999999999999"], 20),
        ] {
            assert_eq!(of(lines), Some(seconds), "{lines:?}");
        }
    }

    #[test]
    fn whatever_cannot_be_read_is_no_wish() {
        for line in
            ["", "wait", "wait=", "wait=soon", "wait=-1", "wait=+1", "wait=1.5", "waiting=5", "=5", ",,;="]
        {
            assert_eq!(of(&[line]), None, "{line}");
        }
        assert_eq!(of(&[]), None);
    }
}
