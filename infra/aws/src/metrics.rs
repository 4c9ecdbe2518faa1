//! Metrics, as lines that CloudWatch Logs turns into metrics: no request, no agent. Their form is AWS's
//! "Specification: Embedded metric format" (Amazon CloudWatch User Guide), written by awslabs' metrique. Each line is
//! written where its work ends, and whole: a function that is frozen afterwards has none left to write. A dimension
//! has few values, names that this program gave: never an id, nor anything that a person wrote.
//!
//! | metric | unit | dimensions | one for each |
//! |---|---|---|---|
//! | `Accepted` | count | | command that was carried out and recorded something, or nothing new |
//! | `Duplicates` | count | | command that had been carried out before |
//! | `Rejected` | count | `code` | command that was refused; the code is that of the problem |
//! | `Conflicts` | count | | command that lost to other writers each time |
//! | `Failed` | count | | command that the world failed |
//! | `ConflictRetries` | count | | time that a command was decided again |
//! | `CommandLatency` | ms | | command |
//! | `CommitToViewAge` | ms | `projection` | row written: now, less the time of its last commit |
//! | `GapsHealed`, `DuplicateRecords` | count | `projection` | gap filled from the event store; record that a row had |
//! | `ParkedAggregates` | count | `projection` | aggregate set aside |
//! | `StepLatency` | ms | `step`, `outcome` | result of a step: from the commit that asked for it |
//! | `StepAttempts` | count | `step`, `outcome` | try at a step; its value is the number of the delivery |
//! | `ImportedRows` | count | `verdict` | row of an import that has this verdict |
//! | `CommitsBuilt`, `CommitsVerified` | count | `projection` | commit that a replay met |
//! | `RateLimited` | count | `limit` | request that was refused because its client sent too many |
//! | `LimitsUnasked` | count | | request that was let through uncounted |
//! | `StepsNudged`, `ProvisioningTimeouts` | count | | step sent again, provisioning given up by the watchdog |

use std::{
    io::{self, Write},
    sync::{Mutex, OnceLock, PoisonError},
};

use chrono::{DateTime, Utc};
use metrique_writer_core::{
    Entry, EntryWriter, MetricFlags, Observation, Unit, Value, ValueWriter, format::Format as _,
    unit::NegativeScale,
};
use metrique_writer_format_emf::Emf;

const NAMESPACE: &str = "Rollcall";

/// CloudWatch takes so many values of a metric in a line.
const MOST_VALUES: usize = 100;

/// Nobody reads metrics where there is no CloudWatch: until somebody says where to, they are dropped.
static WRITER: OnceLock<Mutex<Box<dyn Write + Send>>> = OnceLock::new();

/// Few values, names that this program gave.
pub type Dimensions<'a> = &'a [(&'static str, &'a str)];

/// Values of one metric.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metric {
    name: &'static str,
    unit: Unit,
    values: Vec<u64>,
}

impl Metric {
    /// Something happened so many times.
    #[must_use]
    pub fn count(name: &'static str, times: u64) -> Self {
        Self { name, unit: Unit::Count, values: vec![times] }
    }

    /// Something took so many milliseconds, each time. A clock that was set back makes it none.
    #[must_use]
    pub fn milliseconds(name: &'static str, values: impl IntoIterator<Item = i64>) -> Self {
        let values = values.into_iter().map(|value| value.try_into().unwrap_or_default()).collect();
        Self { name, unit: Unit::Second(NegativeScale::Milli), values }
    }
}

/// Writes metrics to standard output from now on, where Lambda collects them. Until then they are dropped.
pub fn to_stdout() {
    to(io::stdout());
}

/// Writes metrics to `writer`. A second call changes nothing.
pub fn to(writer: impl Write + Send + 'static) {
    let _ = WRITER.set(Mutex::new(Box::new(writer)));
}

/// Something happened so many times.
pub fn count(name: &'static str, times: u64, dimensions: Dimensions<'_>, at: DateTime<Utc>) {
    write(dimensions, &[Metric::count(name, times)], at);
}

/// Writes metrics that have the same dimensions, in one line. What was counted zero times, or never measured, is
/// left out.
pub fn write(dimensions: Dimensions<'_>, metrics: &[Metric], at: DateTime<Utc>) {
    let Some(writer) = WRITER.get() else { return };
    let metrics =
        metrics.iter().filter(|metric| metric.values.iter().any(|value| *value > 0 || metric.is_time()));
    let metrics: Vec<&Metric> = metrics.collect();
    if metrics.is_empty() {
        return;
    }
    if let Some(line) = line(dimensions, metrics, at) {
        let mut writer = writer.lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever closed our output reads no metrics.
        let _ = writer.write_all(&line).and_then(|()| writer.flush());
    }
}

impl Metric {
    fn is_time(&self) -> bool {
        self.unit != Unit::Count
    }
}

fn line(dimensions: Dimensions<'_>, metrics: Vec<&Metric>, at: DateTime<Utc>) -> Option<Vec<u8>> {
    let names = dimensions.iter().map(|(name, _)| (*name).to_owned()).collect();
    let mut format = Emf::builder(NAMESPACE.to_owned(), vec![names]).build();
    let mut line = Vec::new();
    match format.format(&Line { dimensions, metrics, at }, &mut line) {
        Ok(()) => Some(line),
        Err(error) => {
            tracing::error!(%error, "a metric cannot be written");
            None
        }
    }
}

struct Line<'a> {
    dimensions: Dimensions<'a>,
    metrics: Vec<&'a Metric>,
    at: DateTime<Utc>,
}

impl Entry for Line<'_> {
    fn write<'a>(&'a self, writer: &mut impl EntryWriter<'a>) {
        writer.timestamp(self.at.into());
        for (name, value) in self.dimensions {
            writer.value(*name, *value);
        }
        for metric in &self.metrics {
            writer.value(metric.name, *metric);
        }
    }
}

impl Value for Metric {
    fn write(&self, writer: impl ValueWriter) {
        let values = self.values.iter().take(MOST_VALUES).copied().map(Observation::Unsigned);
        writer.metric(values, self.unit, [], MetricFlags::empty());
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn written(dimensions: Dimensions<'_>, metrics: &[Metric]) -> Value {
        let at = "2026-11-21T12:00:00Z".parse().unwrap();
        let line = String::from_utf8(line(dimensions, metrics.iter().collect(), at).unwrap()).unwrap();
        assert_eq!((line.matches('\n').count(), line.ends_with('\n')), (1, true), "one line: {line:?}");
        serde_json::from_str(&line).unwrap()
    }

    #[test]
    fn a_count_is_written_in_the_embedded_metric_format() {
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
        let metrics = [Metric::count("ParkedAggregates", 1)];
        assert_eq!(written(&[("projection", "user_directory")], &metrics), expected);
    }

    #[test]
    fn times_of_one_line_are_written_together_and_need_no_dimension() {
        let line = written(
            &[],
            &[Metric::milliseconds("CommandLatency", [12, 40, -3]), Metric::count("Accepted", 1)],
        );
        let directive = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(directive["Dimensions"], json!([[]]));
        assert_eq!(directive["Metrics"][0], json!({ "Name": "CommandLatency", "Unit": "Milliseconds" }));
        let times = json!({ "Values": [12, 40, 0], "Counts": [1, 1, 1] });
        assert_eq!((&line["CommandLatency"], &line["Accepted"]), (&times, &json!(1)));
    }
}
