use std::{
    io::{IsTerminal as _, stdout},
    time::Duration,
};

use serde_json::Value;

use super::{bars::Bars, figures};
use crate::{
    Failure,
    api::Api,
    show::{self, cell},
};

const EVERY: Duration = Duration::from_millis(500);

/// Follows a replay until it rests. That rows are not as they should be is a failure.
pub(super) fn to_the_end(api: &Api, id: &str, json: bool) -> Result<(), Failure> {
    let rests = if !json && stdout().is_terminal() {
        let mut bars = Bars::new()?;
        let rests = until_it_rests(api, id, |replay| {
            bars.draw(replay);
            Ok(())
        });
        bars.end();
        rests.inspect(|replay| drop(show::line(&figures::line(replay))))?
    } else {
        let mut last = String::new();
        until_it_rests(api, id, |replay| {
            let line = if json { replay.to_string() } else { figures::line(replay) };
            if line != last {
                show::line(&line)?;
                last = line;
            }
            Ok(())
        })?
    };
    judge(&rests)
}

/// Looks at a replay twice a second until nobody works on it any more; answers how it is then.
pub(super) fn until_it_rests(
    api: &Api,
    id: &str,
    mut told: impl FnMut(&Value) -> Result<(), Failure>,
) -> Result<Value, Failure> {
    loop {
        let replay = api.get(&["replays", id], &[])?;
        told(&replay)?;
        if rests(&replay) {
            return Ok(replay);
        }
        pause();
    }
}

/// What was verified and is to be promoted goes on by itself.
fn rests(replay: &Value) -> bool {
    match replay["state"].as_str().unwrap_or_default() {
        "verified" => replay["promote"] != true,
        state => ["mismatched", "promoted", "rolled_back", "cancelled", "finished"].contains(&state),
    }
}

fn judge(replay: &Value) -> Result<(), Failure> {
    if replay["state"] != "mismatched" {
        return Ok(());
    }
    let named = show::list(&replay["mismatched"]).iter();
    let named = named.map(|one| format!("\n  {}: {}", cell(&one["stream"]), cell(&one["reason"])));
    let (id, count) = (cell(&replay["id"]), cell(&replay["mismatches"]));
    let named: String = named.collect();
    Err(format!("{id} is mismatched: in {count} streams the row is not what the events say{named}").into())
}

#[expect(clippy::disallowed_methods, reason = "a replay is followed at the pace of the eye")]
fn pause() {
    std::thread::sleep(EVERY);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_replay_rests_when_it_waits_for_an_operator_or_is_over() {
        let at_rest = |state: &str, promote: bool| rests(&json!({ "state": state, "promote": promote }));
        for state in ["mismatched", "promoted", "rolled_back", "cancelled", "finished"] {
            assert!(at_rest(state, true), "{state}");
        }
        for state in ["building", "verifying", "promoting", "rolling_back", "cancelling", "finishing"] {
            assert!(!at_rest(state, false), "{state}");
        }
        assert!(at_rest("verified", false) && !at_rest("verified", true));
    }

    #[test]
    fn a_mismatch_is_a_failure_that_names_the_streams() {
        let mismatched = [json!({ "stream": "acme#user#1", "reason": "it has 1 commits of 2" })];
        let replay = json!({ "id": "d-2", "state": "mismatched", "mismatches": 1, "mismatched": mismatched });
        let said = judge(&replay).unwrap_err().to_string();
        assert!(said.ends_with("\n  acme#user#1: it has 1 commits of 2"), "{said}");
    }
}
