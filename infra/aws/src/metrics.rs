//! Metrics, as lines on standard output that CloudWatch Logs turns into metrics: no request, no agent. Their form is
//! AWS's "Specification: Embedded metric format" (Amazon CloudWatch User Guide). A dimension is a name that this
//! program gave, never anything that a person wrote.

use std::{
    io::{self, Write as _},
    sync::atomic::{AtomicBool, Ordering},
};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

const NAMESPACE: &str = "Rollcall";

/// Nobody reads metrics where there is no CloudWatch.
static WRITTEN: AtomicBool = AtomicBool::new(false);

/// Writes metrics to standard output from now on, where Lambda collects them. Until then they are dropped.
pub fn to_stdout() {
    WRITTEN.store(true, Ordering::Relaxed);
}

/// Something happened so many times.
pub fn count(name: &'static str, times: u64, dimensions: &[(&'static str, &str)], at: DateTime<Utc>) {
    if WRITTEN.load(Ordering::Relaxed) {
        // Whoever closed our standard output reads no metrics.
        let _ = writeln!(io::stdout().lock(), "{}", line(name, times, dimensions, at));
    }
}

fn line(name: &str, times: u64, dimensions: &[(&str, &str)], at: DateTime<Utc>) -> Value {
    let names: Vec<&str> = dimensions.iter().map(|(name, _)| *name).collect();
    let mut line = json!({
        "_aws": {
            "Timestamp": at.timestamp_millis(),
            "CloudWatchMetrics": [{
                "Namespace": NAMESPACE,
                "Dimensions": [names],
                "Metrics": [{ "Name": name, "Unit": "Count" }],
            }],
        },
    });
    line[name] = times.into();
    for (name, value) in dimensions {
        line[*name] = (*value).into();
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_written_in_the_embedded_metric_format() {
        let at = "2026-11-21T12:00:00Z".parse().unwrap();
        let written = line("ParkedAggregates", 1, &[("projection", "user_directory")], at);
        let expected = json!({
            "_aws": {
                "Timestamp": 1_795_262_400_000_i64,
                "CloudWatchMetrics": [{
                    "Namespace": "Rollcall",
                    "Dimensions": [["projection"]],
                    "Metrics": [{ "Name": "ParkedAggregates", "Unit": "Count" }],
                }],
            },
            "ParkedAggregates": 1,
            "projection": "user_directory",
        });
        assert_eq!(written, expected);
        assert!(!written.to_string().contains('\n'), "one line");
    }
}
