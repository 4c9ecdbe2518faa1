use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::Value;

use super::figures;
use crate::{
    Failure,
    api::Api,
    commands::follow::{Progress, Work},
    show::cell,
};

const FORM: &str = "{prefix:10} [{bar:32}] {pos:>6} of {len:6} {msg}";

/// Follows an import until it is over; answers how it is then.
pub(super) fn to_the_end(api: &Api, id: &str, json: bool) -> Result<Value, Failure> {
    Work { path: ["imports", id], rests: is_over, in_a_line: figures::line }.show::<Bar>(api, json)
}

fn is_over(import: &Value) -> bool {
    ["done", "cancelled", "stopped"].contains(&import["state"].as_str().unwrap_or_default())
}

struct Bar(ProgressBar);

impl Progress for Bar {
    fn new() -> Result<Self, Failure> {
        let style = ProgressStyle::with_template(FORM)?.progress_chars("=> ");
        let bar = ProgressBar::no_length().with_style(style);
        bar.set_draw_target(ProgressDrawTarget::stdout());
        Ok(Self(bar))
    }

    fn draw(&mut self, import: &Value) {
        let Self(bar) = self;
        let number = |name: &str| import[name].as_u64().unwrap_or_default();
        bar.set_prefix(cell(&import["state"]));
        bar.set_message(figures::pace(import));
        bar.set_length(number("rows"));
        bar.set_position(number("done"));
        bar.tick();
    }

    fn end(&self) {
        self.0.finish_and_clear();
    }
}
