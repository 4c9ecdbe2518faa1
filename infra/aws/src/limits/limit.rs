use std::{fmt, ops::RangeInclusive, str::FromStr};

use serde::{Deserialize, Serialize};

/// What is counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Policy {
    Commands,
    Queries,
    /// Deactivating and deleting. Whoever must shut somebody off in an emergency is not held up by what their own
    /// scripts have used up.
    ShutOffs,
}

/// So many requests in so many seconds: that many at once, and as many a second as that comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    pub requests: u32,
    pub seconds: u32,
}

/// A limit for each policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub commands: Limit,
    pub queries: Limit,
    pub shut_offs: Limit,
}

/// Limits are written `commands=1200/60,queries=6000/60,shut-offs=1200/60`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("limits are written commands=1200/60,queries=6000/60,shut-offs=1200/60: requests in seconds")]
pub struct BadLimit;

impl Policy {
    pub const ALL: [Self; 3] = [Self::Commands, Self::Queries, Self::ShutOffs];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Commands => "commands",
            Self::Queries => "queries",
            Self::ShutOffs => "shut-offs",
        }
    }
}

impl Limit {
    /// Fewer could not be told from none: nobody must be able to take the brakes off by setting them to nothing.
    pub const REQUESTS: RangeInclusive<u32> = 10..=1_000_000;
    /// Shorter ones would be lost in what clocks differ by.
    pub const SECONDS: RangeInclusive<u32> = 10..=3_600;

    #[must_use]
    pub fn is_possible(self) -> bool {
        Self::REQUESTS.contains(&self.requests) && Self::SECONDS.contains(&self.seconds)
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.requests, self.seconds)
    }
}

impl FromStr for Limit {
    type Err = BadLimit;

    fn from_str(text: &str) -> Result<Self, BadLimit> {
        let (requests, seconds) = text.split_once('/').ok_or(BadLimit)?;
        let number = |text: &str| text.parse().map_err(|_| BadLimit);
        let limit = Self { requests: number(requests)?, seconds: number(seconds)? };
        if limit.is_possible() { Ok(limit) } else { Err(BadLimit) }
    }
}

impl Limits {
    #[must_use]
    pub fn of(&self, policy: Policy) -> Limit {
        match policy {
            Policy::Commands => self.commands,
            Policy::Queries => self.queries,
            Policy::ShutOffs => self.shut_offs,
        }
    }
}

impl fmt::Display for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "commands={},queries={},shut-offs={}", self.commands, self.queries, self.shut_offs)
    }
}

impl FromStr for Limits {
    type Err = BadLimit;

    fn from_str(text: &str) -> Result<Self, BadLimit> {
        let parts: Vec<_> =
            text.split(',').map(|part| part.trim().split_once('=').unwrap_or_default()).collect();
        let of = |policy: Policy| {
            let found = parts.iter().find(|(name, _)| *name == policy.as_str());
            found.ok_or(BadLimit).and_then(|(_, limit)| limit.parse())
        };
        let limits = Self {
            commands: of(Policy::Commands)?,
            queries: of(Policy::Queries)?,
            shut_offs: of(Policy::ShutOffs)?,
        };
        if parts.len() == Policy::ALL.len() { Ok(limits) } else { Err(BadLimit) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_as_they_are_written() {
        let text = "commands=1200/60,queries=6000/60,shut-offs=10/3600";
        let limits: Limits = text.parse().unwrap();
        assert_eq!(limits.to_string(), text);
        assert_eq!(limits.of(Policy::ShutOffs), Limit { requests: 10, seconds: 3600 });
        assert_eq!("shut-offs=10/3600, queries=6000/60, commands=1200/60".parse(), Ok(limits));
    }

    #[test]
    fn what_is_no_limit_is_refused() {
        for text in ["", "600", "600/", "/60", "9/60", "1000001/60", "600/9", "600/3601", "-1/60", "6e2/60"] {
            assert_eq!(text.parse::<Limit>(), Err(BadLimit), "{text}");
        }
        for text in [
            "commands=1200/60",
            "commands=1200/60,queries=6000/60",
            "commands=1200/60,queries=6000/60,shut-offs=1/60",
            "commands=1200/60,queries=6000/60,shut-offs=10/60,more=10/60",
            "commands=1200/60,queries=6000/60,others=10/60",
        ] {
            assert_eq!(text.parse::<Limits>(), Err(BadLimit), "{text}");
        }
    }
}
