//! What is to be done.

use std::{path::PathBuf, str::FromStr};

pub(crate) const USAGE: &str = "usage: replays [--quick] [--commits N]... [--folder DIR]
       replays generate --commits N --folder DIR [--seed S]
       replays serve --folder DIR";

/// A run for the table in the README.
const FULL: [u64; 3] = [10_000, 100_000, 1_000_000];
/// A run on every change: what is counted is as good, what is timed is only a sign of life.
const QUICK: [u64; 1] = [2_000];

#[derive(Debug, PartialEq)]
pub(crate) enum Order {
    /// Makes a table of events that is always the same for a seed.
    Generate { commits: u64, seed: u64, folder: PathBuf },
    /// Is the engine of a folder, until the standard input ends.
    Serve { folder: PathBuf },
    /// Measures with so many commits each. What is in `folder` is used, and kept; without one, nothing is.
    Measure { sizes: Vec<u64>, folder: Option<PathBuf> },
}

impl Order {
    /// # Errors
    /// What is wrong with the arguments.
    pub(crate) fn parse(arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut arguments = arguments.peekable();
        let verb = arguments.next_if(|argument| !argument.starts_with('-'));
        let (mut sizes, mut seed, mut folder) = (Vec::new(), 0, None);
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or_else(|| format!("{argument} needs a value"));
            match argument.as_str() {
                "--quick" => sizes = QUICK.into(),
                "--commits" => sizes.push(number(&value()?)?),
                "--seed" => seed = number(&value()?)?,
                "--folder" => folder = Some(PathBuf::from(value()?)),
                unknown => return Err(format!("{unknown} is not an argument")),
            }
        }
        let needs = |what: &str| format!("{what} is missing");
        match verb.as_deref() {
            Some("generate") => {
                let &[commits] = sizes.as_slice() else { return Err(needs("--commits, once,")) };
                Ok(Self::Generate { commits, seed, folder: folder.ok_or_else(|| needs("--folder"))? })
            }
            Some("serve") => Ok(Self::Serve { folder: folder.ok_or_else(|| needs("--folder"))? }),
            Some(unknown) => Err(format!("{unknown} is not a command")),
            None if sizes.is_empty() => Ok(Self::Measure { sizes: FULL.into(), folder }),
            None => Ok(Self::Measure { sizes, folder }),
        }
    }
}

fn number<N: FromStr>(text: &str) -> Result<N, String> {
    text.replace('_', "").parse().map_err(|_| format!("{text} is not a number"))
}
