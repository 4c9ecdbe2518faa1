use chrono::{DateTime, TimeDelta, Utc};

/// How far a reader is: everything under an older key was handed out, and of the entry under this key the commits up to
/// this one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position {
    pub(super) from: String,
    pub(super) shown: u64,
}

/// As keys begin: milliseconds, in as many digits as they have until the year 2286.
pub(super) fn stamp(at: DateTime<Utc>) -> String {
    format!("{:013}", at.timestamp_millis())
}

impl Position {
    /// Before everything that arrived then or later.
    pub(super) fn before(at: DateTime<Utc>) -> Self {
        Self { from: stamp(at), shown: 0 }
    }

    /// As it stands in a cursor.
    pub(crate) fn to_text(&self) -> String {
        // No part of a key has an exclamation mark.
        format!("{}!{}", self.from, self.shown)
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (from, shown) = text.rsplit_once('!')?;
        let position = Self { from: from.into(), shown: shown.parse().ok()? };
        position.at().map(|_| position)
    }

    /// When the first thing that is still to come can have arrived.
    pub(super) fn at(&self) -> Option<DateTime<Utc>> {
        let stamp = self.from.get(..13).filter(|stamp| stamp.bytes().all(|digit| digit.is_ascii_digit()))?;
        DateTime::from_timestamp_millis(stamp.parse().ok()?)
    }

    /// The days from here to that time, each at its beginning.
    pub(super) fn days_until(&self, end: DateTime<Utc>) -> impl Iterator<Item = DateTime<Utc>> + use<> {
        let day = |at: DateTime<Utc>| at.timestamp().div_euclid(TimeDelta::days(1).num_seconds());
        let first = self.at().map_or_else(|| day(end), day);
        (first..=day(end))
            .filter_map(|day| DateTime::from_timestamp(day * TimeDelta::days(1).num_seconds(), 0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_survives_its_text_and_nothing_else_is_one() {
        let position = Position { from: "1795348800500#user#a#000000000041-000000000042".into(), shown: 41 };
        assert_eq!(Position::parse(&position.to_text()), Some(position.clone()));
        assert!(Position::before(position.at().unwrap()) < position);
        for text in [
            "",
            "!",
            "1!1",
            "1795348800500",
            "1795348800500!",
            "1795348800500!x",
            "17953488005é0!1",
            "-795348800500!1",
        ] {
            assert_eq!(Position::parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_days_are_those_that_are_touched() {
        let days = |from: &str, to: &str| {
            let position = Position::before(from.parse().unwrap());
            position
                .days_until(to.parse().unwrap())
                .map(|day| day.format("%d").to_string())
                .collect::<Vec<_>>()
        };
        assert_eq!(days("2026-11-20T23:59:59.999Z", "2026-11-22T00:00:00Z"), ["20", "21", "22"]);
        assert_eq!(days("2026-11-22T00:00:00Z", "2026-11-22T23:59:59.999Z"), ["22"]);
        assert!(days("2026-11-23T00:00:00Z", "2026-11-22T00:00:00Z").is_empty());
    }
}
