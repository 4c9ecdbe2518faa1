//! A replay on a terminal: a bar for each segment and one for all, redrawn in place.

use std::collections::BTreeMap;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::Value;

use super::figures;
use crate::{Failure, commands::follow::Progress, show::cell};

/// More than that fit on few terminals; then only those are shown that somebody works on.
const MOST: usize = 16;
const FORM: &str = "{prefix:14} [{bar:32}] {pos:>8} of {len:8} {msg}";

pub(super) struct Bars {
    screen: MultiProgress,
    total: ProgressBar,
    segments: BTreeMap<u64, ProgressBar>,
    style: ProgressStyle,
}

impl Progress for Bars {
    fn new() -> Result<Self, Failure> {
        let style = ProgressStyle::with_template(FORM)?.progress_chars("=> ");
        let screen = MultiProgress::with_draw_target(ProgressDrawTarget::stdout());
        let total = screen.add(ProgressBar::no_length().with_style(style.clone()));
        Ok(Self { screen, total, segments: BTreeMap::new(), style })
    }

    fn draw(&mut self, replay: &Value) {
        let shown: BTreeMap<u64, &Value> = shown(replay).into_iter().collect();
        self.segments.retain(|number, bar| {
            let stays = shown.contains_key(number);
            if !stays {
                self.screen.remove(bar);
            }
            stays
        });
        for (number, segment) in shown {
            let above = self.segments.range(..number).next_back().map_or(&self.total, |(_, bar)| bar).clone();
            let bar = self.segments.entry(number).or_insert_with(|| {
                let bar = ProgressBar::no_length().with_style(self.style.clone());
                self.screen.insert_after(&above, bar)
            });
            let state = segment["state"].as_str().unwrap_or_default();
            let message = if state == "running" { figures::pace(segment) } else { state.into() };
            set(bar, format!("  segment {number}"), segment, message);
        }
        set(&self.total, cell(&replay["state"]), &replay["progress"], figures::pace(&replay["progress"]));
    }

    fn end(&self) {
        drop(self.screen.clear());
    }
}

fn set(bar: &ProgressBar, prefix: String, figures: &Value, message: String) {
    let number = |name: &str| figures[name].as_u64().unwrap_or_default();
    bar.set_prefix(prefix);
    bar.set_message(message);
    bar.set_length(number("expectedItems"));
    bar.set_position(number("items"));
    bar.tick();
}

/// The segments that have a bar, by their numbers.
fn shown(replay: &Value) -> Vec<(u64, &Value)> {
    let few = replay["segments"].as_u64().is_some_and(|count| count <= MOST as u64);
    let segments = figures::segments(replay).filter(|segment| few || segment["state"] == "running");
    segments.filter_map(|segment| Some((segment["segment"].as_u64()?, segment))).take(MOST).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn replay(segments: u64) -> Value {
        let state = |number| if number % 2 == 0 { "done" } else { "running" };
        let of = |number| json!({ "phase": "build", "segment": number, "state": state(number) });
        json!({ "state": "building", "segments": segments, "segmentsOf": (0..segments).map(of).collect::<Vec<_>>() })
    }

    #[test]
    fn of_many_segments_those_have_a_bar_that_somebody_works_on() {
        let numbers =
            |segments| shown(&replay(segments)).iter().map(|(number, _)| *number).collect::<Vec<_>>();
        assert_eq!(numbers(4), [0, 1, 2, 3]);
        assert_eq!(numbers(18), [1, 3, 5, 7, 9, 11, 13, 15, 17]);
        assert_eq!(numbers(1000).len(), MOST);
    }
}
