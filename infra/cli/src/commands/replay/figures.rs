//! What the API says about a replay, as it is followed.

use serde_json::Value;

use crate::show::{cell, list};

/// The phase that a replay is in, or was in last; none while nothing was begun.
pub(super) fn phase(replay: &Value) -> Option<&str> {
    match replay["state"].as_str()? {
        "building" => Some("build"),
        "verifying" => Some("verify"),
        "cancelling" | "finishing" => Some("sweep"),
        _ => None,
    }
}

/// The segments that were begun of the phase that it is in.
pub(super) fn segments(replay: &Value) -> impl Iterator<Item = &Value> {
    let phase = phase(replay);
    list(&replay["segmentsOf"])
        .iter()
        .filter(move |segment| phase.is_some() && segment["phase"].as_str() == phase)
}

/// How fast it is, and how long it takes.
pub(super) fn pace(figures: &Value) -> String {
    match figures["secondsLeft"].as_u64() {
        Some(left) => format!("{}/s, {} left", cell(&figures["rate"]), duration(left)),
        None => format!("{}/s", cell(&figures["rate"])),
    }
}

/// Where all of it stands, in a line.
pub(super) fn line(replay: &Value) -> String {
    let state = cell(&replay["state"]);
    if phase(replay).is_none() {
        return state;
    }
    let sum = &replay["progress"];
    let done = segments(replay).filter(|segment| segment["state"] == "done").count();
    let [items, expected, segments] = [&sum["items"], &sum["expectedItems"], &replay["segments"]].map(cell);
    format!("{state}  {items} of {expected} items, {done} of {segments} segments done, {}", pace(sum))
}

pub(in crate::commands) fn duration(seconds: u64) -> String {
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn building() -> Value {
        json!({
            "state": "building", "segments": 3,
            "progress": { "items": 1200, "expectedItems": 6000, "rate": 40, "secondsLeft": 120 },
            "segmentsOf": [
                { "phase": "build", "segment": 0, "state": "done", "items": 1000 },
                { "phase": "build", "segment": 1, "state": "running", "items": 200 },
            ],
        })
    }

    #[test]
    fn a_line_says_what_the_api_says() {
        let said = "building  1200 of 6000 items, 1 of 3 segments done, 40/s, 2 min 0 s left";
        assert_eq!(line(&building()), said);
        assert_eq!(line(&json!({ "state": "promoted", "segmentsOf": [] })), "promoted");
    }

    #[test]
    fn segments_of_another_phase_are_left_out() {
        let mut replay = building();
        assert_eq!(segments(&replay).count(), 2);
        for state in ["verifying", "promoting", "promoted"] {
            replay["state"] = state.into();
            assert_eq!(segments(&replay).count(), 0, "{state}");
        }
    }

    #[test]
    fn a_duration_has_two_units_at_most() {
        let told = [0, 59, 60, 3599, 3600, 90_061].map(duration);
        assert_eq!(told, ["0 s", "59 s", "1 min 0 s", "59 min 59 s", "1 h 0 min", "25 h 1 min"]);
    }
}
