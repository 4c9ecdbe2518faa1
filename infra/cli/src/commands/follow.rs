//! Following work that goes on at the backend, to where it rests.

use std::{
    io::{IsTerminal as _, stdout},
    time::Duration,
};

use serde_json::Value;

use crate::{Failure, api::Api, show};

const EVERY: Duration = Duration::from_millis(500);

/// What is followed.
pub(super) struct Work<'a> {
    /// Where the API tells of it.
    pub path: [&'a str; 2],
    /// Whether nobody works on it any more.
    pub rests: fn(&Value) -> bool,
    pub in_a_line: fn(&Value) -> String,
}

/// How far it is, on a terminal.
pub(super) trait Progress: Sized {
    fn new() -> Result<Self, Failure>;

    fn draw(&mut self, work: &Value);

    /// Leaves the terminal to what is said next.
    fn end(&self);
}

impl Work<'_> {
    /// Shows it until it rests: as it moves on a terminal, elsewhere in a line for each change. Answers how it is then.
    pub(super) fn show<P: Progress>(&self, api: &Api, json: bool) -> Result<Value, Failure> {
        if !json && stdout().is_terminal() {
            let mut progress = P::new()?;
            let rests = self.until_it_rests(api, |work| {
                progress.draw(work);
                Ok(())
            });
            progress.end();
            return rests.inspect(|work| drop(show::line(&(self.in_a_line)(work))));
        }
        let mut last = String::new();
        self.until_it_rests(api, |work| {
            let line = if json { work.to_string() } else { (self.in_a_line)(work) };
            if line != last {
                show::line(&line)?;
                last = line;
            }
            Ok(())
        })
    }

    /// Looks at it twice a second until it rests; answers how it is then.
    pub(super) fn until_it_rests(
        &self,
        api: &Api,
        mut told: impl FnMut(&Value) -> Result<(), Failure>,
    ) -> Result<Value, Failure> {
        loop {
            let work = api.get(&self.path, &[])?;
            told(&work)?;
            if (self.rests)(&work) {
                return Ok(work);
            }
            pause();
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "work is followed at the pace of the eye")]
fn pause() {
    std::thread::sleep(EVERY);
}
