//! What the API says about an import, as it is followed.

use serde_json::Value;

use crate::{commands::replay::duration, show::cell};

/// What rows come to that do not come to a user.
pub(super) const FAILED: [&str; 3] = ["exists", "refused", "invalid"];
const VERDICTS: [&str; 5] = ["created", "would_be_created", "exists", "refused", "invalid"];

fn count(import: &Value, verdict: &str) -> u64 {
    import["counts"][verdict].as_u64().unwrap_or_default()
}

pub(super) fn failed(import: &Value) -> u64 {
    FAILED.iter().map(|verdict| count(import, verdict)).sum()
}

/// How often each verdict was given; the last line is of those that have none.
pub(super) fn counts(import: &Value) -> Vec<Vec<String>> {
    let rows = import["rows"].as_u64().unwrap_or_default();
    let without = rows.saturating_sub(import["done"].as_u64().unwrap_or_default());
    let counts = VERDICTS.iter().map(|verdict| (*verdict, count(import, verdict)));
    let counts = counts.chain([("(none)", without)]).filter(|(_, count)| *count > 0);
    counts.map(|(verdict, count)| vec![verdict.to_owned(), count.to_string()]).collect()
}

/// How fast it is, and how long it takes.
pub(super) fn pace(import: &Value) -> String {
    let rate = import["rowsPerSecond"].as_u64().or(import["ratePerSecond"].as_u64()).unwrap_or_default();
    match import["secondsLeft"].as_u64() {
        Some(left) => format!("{rate}/s, {} left", duration(left)),
        None => format!("{rate}/s"),
    }
}

/// Where it stands, in a line.
pub(super) fn line(import: &Value) -> String {
    let [state, done, rows] = ["state", "done", "rows"].map(|name| cell(&import[name]));
    let failed = failed(import);
    format!("{state}  {done} of {rows} rows, {failed} without a user, {}", pace(import))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_line_says_what_the_api_says() {
        let import = json!({ "state": "running", "rows": 100, "done": 40, "ratePerSecond": 50,
            "rowsPerSecond": 20, "secondsLeft": 3,
            "counts": { "created": 38, "would_be_created": 0, "exists": 1, "refused": 0, "invalid": 1 } });
        assert_eq!(line(&import), "running  40 of 100 rows, 2 without a user, 20/s, 3 s left");
        let counts = counts(&import).concat();
        assert_eq!(counts, ["created", "38", "exists", "1", "invalid", "1", "(none)", "60"]);
    }
}
