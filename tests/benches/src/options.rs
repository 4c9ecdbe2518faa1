//! What is measured, and how much of it.

use std::time::Duration;

pub(crate) const USAGE: &str = "usage: benches [--quick] [--only units|throughput|snapshots|loading]";

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Part {
    Units,
    Throughput,
    Snapshots,
    Loading,
}

pub(crate) struct Options {
    /// All parts, when none is named.
    only: Option<Part>,
    pub(crate) scale: Scale,
}

/// How much of it.
#[derive(Clone, Copy)]
pub(crate) struct Scale {
    /// Commits of the streams called long and very long.
    pub(crate) long: usize,
    pub(crate) very_long: usize,
    pub(crate) rounds: usize,
    /// How long each store is measured in each round.
    pub(crate) slice: Duration,
    /// Updates of the stream that the snapshot interval is chosen by.
    pub(crate) updates: usize,
}

const FULL: Scale =
    Scale { long: 1_000, very_long: 10_000, rounds: 9, slice: Duration::from_millis(600), updates: 512 };

/// For a run on every change: the figures in units are as good, those in seconds are only a sign of life.
const QUICK: Scale =
    Scale { long: 100, very_long: 1_000, rounds: 3, slice: Duration::from_millis(100), updates: 128 };

impl Options {
    /// # Errors
    /// What is wrong with the arguments.
    pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self { only: None, scale: FULL };
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--quick" => options.scale = QUICK,
                "--only" => options.only = Some(part(arguments.next().as_deref())?),
                unknown => return Err(format!("{unknown} is not an argument")),
            }
        }
        Ok(options)
    }

    pub(crate) fn wants(&self, part: Part) -> bool {
        self.only.is_none_or(|only| only == part)
    }
}

fn part(name: Option<&str>) -> Result<Part, String> {
    match name {
        Some("units") => Ok(Part::Units),
        Some("throughput") => Ok(Part::Throughput),
        Some("snapshots") => Ok(Part::Snapshots),
        Some("loading") => Ok(Part::Loading),
        other => Err(format!("--only names a part, not {}", other.unwrap_or("nothing"))),
    }
}
