//! What arguments are parsed to.

use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::TenantId;

/// When a user is shut off, if ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Expiry(pub Option<DateTime<Utc>>);

/// How many items a second a replay may read, if there is a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rate(pub Option<u32>);

pub(super) fn rate(text: &str) -> Result<Rate, &'static str> {
    if text == "none" {
        return Ok(Rate(None));
    }
    text.parse().map(|rate| Rate(Some(rate))).map_err(|_| "use a number of items a second, or none")
}

pub(super) fn percent(text: &str) -> Result<u8, &'static str> {
    let percent = if text == "all" { Some(100) } else { text.parse().ok() };
    percent.filter(|percent| *percent <= 100).ok_or("use a number from 0 to 100, or all")
}

pub(super) fn tenant(text: &str) -> Result<TenantId, domain::InvalidValue> {
    TenantId::parse(text)
}

pub(super) fn subject(text: &str) -> Result<String, String> {
    let fits = (1..=128).contains(&text.len()) && text.chars().all(|c| c.is_ascii_graphic());
    fits.then(|| text.to_owned()).ok_or_else(|| "a subject is 1 to 128 printable ASCII characters".into())
}

/// The API judges ids and names. Only these would be another path: what is between two slashes is left out
/// when it is empty, and dots lead elsewhere, encoded or not.
pub(super) fn segment(text: &str) -> Result<String, &'static str> {
    if ["", ".", ".."].contains(&text) { Err("this is neither an id nor a name") } else { Ok(text.into()) }
}

pub(super) fn expiry(text: &str) -> Result<Expiry, &'static str> {
    if text == "never" {
        return Ok(Expiry(None));
    }
    let time = DateTime::parse_from_rfc3339(text)
        .or_else(|_| DateTime::parse_from_rfc3339(&format!("{text}T00:00:00Z")));
    time.map(|time| Expiry(Some(time.to_utc())))
        .map_err(|_| "use a time (2027-01-31T18:00:00Z), a date (2027-01-31) or never")
}

pub(super) fn instant(text: &str) -> Result<DateTime<Utc>, &'static str> {
    let expected = "use a time (2027-01-31T18:00:00Z) or a date (2027-01-31)";
    expiry(text).ok().and_then(|expiry| expiry.0).ok_or(expected)
}

/// How long ago.
pub(super) fn age(text: &str) -> Result<Duration, &'static str> {
    const EXPECTED: &str = "use a number of seconds, minutes, hours or days: 90s, 30m, 2h, 3d";
    let unit = text.chars().last().ok_or(EXPECTED)?;
    let seconds = [('s', 1), ('m', 60), ('h', 3_600), ('d', 86_400)];
    let (_, seconds) = seconds.into_iter().find(|(name, _)| *name == unit).ok_or(EXPECTED)?;
    let number: u32 = text[..text.len() - unit.len_utf8()].parse().map_err(|_| EXPECTED)?;
    Ok(Duration::from_secs(u64::from(number) * seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_a_number_with_a_unit() {
        for (text, seconds) in [("90s", 90), ("30m", 1_800), ("2h", 7_200), ("3d", 259_200), ("0s", 0)] {
            assert_eq!(age(text), Ok(Duration::from_secs(seconds)));
        }
        for text in ["", "h", "2", "2 h", "-2h", "2w", "2é", "99999999999d"] {
            assert!(age(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_expiry_is_a_time_a_date_or_never() {
        for (text, expected) in [
            ("2027-01-31T18:00:00Z", Some("2027-01-31T18:00:00Z")),
            ("2027-01-31T18:00:00.5+02:00", Some("2027-01-31T16:00:00.5Z")),
            ("2027-01-31", Some("2027-01-31T00:00:00Z")),
            ("never", None),
        ] {
            let expected = expected.map(|time| time.parse().unwrap());
            assert_eq!(expiry(text), Ok(Expiry(expected)), "{text}");
        }
    }

    #[test]
    fn all_is_a_hundred_percent_and_none_is_no_limit() {
        assert_eq!(["0", "100", "all"].map(percent), [Ok(0), Ok(100), Ok(100)]);
        assert!(["101", "-1", "ten", "", "50%"].into_iter().all(|text| percent(text).is_err()));
        assert_eq!(["none", "5"].map(rate), [Ok(Rate(None)), Ok(Rate(Some(5)))]);
        assert!(["-1", "no", "", "1.5"].into_iter().all(|text| rate(text).is_err()));
    }

    #[test]
    fn anything_else_is_no_expiry() {
        for text in ["", "tomorrow", "2027-02-30", "31.01.2027", "2027-01-31T18:00:00", "+12027-01-31"] {
            assert!(expiry(text).is_err(), "{text}");
        }
    }
}
