use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::imports::{Format, Job, State, Word};

/// An import as clients see it. `done` is the sum of `counts`, and neither ever falls; when the state is `done`, it is
/// `rows`.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ImportItem {
    id: String,
    state: State,
    /// Why it was stopped: the code of a problem, or `rows-expired`.
    reason: Option<String>,
    format: Format,
    dry_run: bool,
    rows: u32,
    done: u32,
    /// How many rows have each verdict, those that none has, too.
    counts: BTreeMap<Word, u32>,
    /// The limit.
    rate_per_second: u32,
    /// How fast it has been while somebody worked on it.
    rows_per_second: Option<u64>,
    /// While it is running.
    seconds_left: Option<u64>,
    started_by: String,
    started_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
}

impl From<Job> for ImportItem {
    fn from(job: Job) -> Self {
        let left = u64::from(job.rows - job.done);
        let worked_off = u64::from(job.done) * 1_000;
        let rows_per_second = worked_off.checked_div(job.worked_ms);
        let expected = rows_per_second.filter(|rate| *rate > 0).unwrap_or(job.asked.rate_per_second.into());
        let is_running = job.state == State::Running;
        Self {
            id: job.id,
            state: job.state,
            reason: job.reason,
            format: job.asked.format,
            dry_run: job.asked.dry_run,
            rows: job.rows,
            done: job.done,
            counts: job.counts,
            rate_per_second: job.asked.rate_per_second,
            rows_per_second,
            seconds_left: is_running.then(|| left.div_ceil(expected)),
            started_by: job.by.subject,
            started_at: job.accepted_at,
            updated_at: job.updated_at,
            ended_at: job.ended_at,
        }
    }
}
