use std::{
    io::{IsTerminal as _, stdout},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::Value;

use super::figures;
use crate::{
    Failure,
    api::Api,
    show::{self, cell},
};

const EVERY: Duration = Duration::from_millis(500);
const FORM: &str = "{prefix:10} [{bar:32}] {pos:>6} of {len:6} {msg}";

/// Follows an import until it is over; answers how it is then.
pub(super) fn to_the_end(api: &Api, id: &str, json: bool) -> Result<Value, Failure> {
    if !json && stdout().is_terminal() {
        let style = ProgressStyle::with_template(FORM)?.progress_chars("=> ");
        let bar = ProgressBar::no_length().with_style(style);
        bar.set_draw_target(ProgressDrawTarget::stdout());
        let over = until_it_is_over(api, id, |import| {
            draw(&bar, import);
            Ok(())
        });
        bar.finish_and_clear();
        return over.inspect(|import| drop(show::line(&figures::line(import))));
    }
    let mut last = String::new();
    until_it_is_over(api, id, |import| {
        let line = if json { import.to_string() } else { figures::line(import) };
        if line != last {
            show::line(&line)?;
            last = line;
        }
        Ok(())
    })
}

fn draw(bar: &ProgressBar, import: &Value) {
    let number = |name: &str| import[name].as_u64().unwrap_or_default();
    bar.set_prefix(cell(&import["state"]));
    bar.set_message(figures::pace(import));
    bar.set_length(number("rows"));
    bar.set_position(number("done"));
    bar.tick();
}

fn until_it_is_over(
    api: &Api,
    id: &str,
    mut told: impl FnMut(&Value) -> Result<(), Failure>,
) -> Result<Value, Failure> {
    loop {
        let import = api.get(&["imports", id], &[])?;
        told(&import)?;
        if ["done", "cancelled", "stopped"].contains(&import["state"].as_str().unwrap_or_default()) {
            return Ok(import);
        }
        pause();
    }
}

#[expect(clippy::disallowed_methods, reason = "an import is followed at the pace of the eye")]
fn pause() {
    std::thread::sleep(EVERY);
}
