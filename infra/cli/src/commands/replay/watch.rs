use serde_json::Value;

use super::{bars::Bars, figures};
use crate::{
    Failure,
    api::Api,
    commands::follow::Work,
    show::{self, cell},
};

/// Follows a replay until it rests. That rows are not as they should be is a failure.
pub(super) fn to_the_end(api: &Api, id: &str, json: bool) -> Result<(), Failure> {
    judge(&work(id).show::<Bars>(api, json)?)
}

/// Waits until nobody works on a replay any more; answers how it is then.
pub(super) fn until_it_rests(api: &Api, id: &str) -> Result<Value, Failure> {
    work(id).until_it_rests(api, |_| Ok(()))
}

fn work(id: &str) -> Work<'_> {
    Work { path: ["replays", id], rests, in_a_line: figures::line }
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
