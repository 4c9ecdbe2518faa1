use super::{Pattern, Template, number};
use crate::host::StreamSettings;

impl Template {
    /// How the stream is delivered to the function that runs this binary. The oldest age of a record is left out: a host
    /// that was off for a night must not set aside what nobody has tried.
    ///
    /// # Panics
    /// When the template says it in a way that is not understood here.
    #[must_use]
    pub fn stream(&self, binary: &str) -> StreamSettings {
        let mapping = self.function(binary).event("DynamoDB");
        assert_eq!(mapping["StartingPosition"], "TRIM_HORIZON", "the host knows no other beginning");
        assert_eq!(mapping["BisectBatchOnFunctionError"], true, "the host always closes in on what fails");
        let responses = &mapping["FunctionResponseTypes"];
        assert_eq!(responses[0], "ReportBatchItemFailures", "the host reads partial responses");
        let filters = mapping["FilterCriteria"]["Filters"].as_array().into_iter().flatten();
        let patterns = filters.map(|filter| filter["Pattern"].as_str().expect("a pattern is a text"));
        StreamSettings {
            batch_size: number(mapping, "BatchSize"),
            maximum_retry_attempts: number(mapping, "MaximumRetryAttempts"),
            filters: patterns
                .map(|it| Pattern::parse(it).unwrap_or_else(|unknown| panic!("{binary}: {unknown}")))
                .collect(),
        }
    }

    /// How often the watchdog runs, in seconds.
    ///
    /// # Panics
    /// When it is not a rate of minutes.
    #[must_use]
    pub fn watchdog_every_seconds(&self) -> u64 {
        let schedule = self.function("watchdog").event("ScheduleV2");
        let rate = schedule["ScheduleExpression"].as_str().and_then(|it| it.strip_prefix("rate("));
        let minutes =
            rate.and_then(|rate| rate.split_once(" minute")).and_then(|(count, _)| count.parse().ok());
        minutes.map(|minutes: u64| minutes * 60).expect("the watchdog runs at a rate of minutes")
    }
}
