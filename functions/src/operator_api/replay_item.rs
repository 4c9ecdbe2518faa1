use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::replays::{Job, Phase, Progress};

/// A replay as operators are shown it.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ReplayItem {
    #[serde(flatten)]
    job: Job,
    /// Of all segments in the present phase; of the last one, if there is none now.
    progress: Figures,
    segments_of: Vec<SegmentItem>,
}

/// How far a segment of a phase is.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct SegmentItem {
    phase: Phase,
    segment: u32,
    /// `waiting`, `running` or `done`.
    state: &'static str,
    #[serde(flatten)]
    figures: Figures,
}

/// What was done, and how fast.
#[derive(Clone, Debug, Default, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct Figures {
    /// Items that were read, of about so many.
    items: u64,
    expected_items: u64,
    streams: u64,
    commits: u64,
    /// Rows that were written, or deleted.
    rows: u64,
    /// Rows that the projector had brought further by then.
    ahead: u64,
    parked: u64,
    compared: u64,
    mismatches: u64,
    /// Items a second, while somebody worked on it.
    rate: u64,
    /// About how much longer it takes; null while nothing was read yet.
    seconds_left: Option<u64>,
}

impl ReplayItem {
    pub(super) fn of(job: Job, progress: &[Progress], now: DateTime<Utc>) -> Self {
        let phase = job.state.phase().or_else(|| last_phase(progress));
        let expected = expected(&job, phase) / u64::from(job.segments.max(1));
        let segments: Vec<SegmentItem> =
            progress.iter().map(|one| SegmentItem::of(one, expected, now)).collect();
        let of_phase = segments.iter().filter(|one| Some(one.phase) == phase);
        let progress = of_phase.fold(Figures::default(), |sum, one| sum.and(&one.figures));
        let begun = u64::try_from(segments.iter().filter(|one| Some(one.phase) == phase).count());
        // Segments that were not begun yet have their share before them, too.
        let waiting = u64::from(job.segments).saturating_sub(begun.unwrap_or_default()) * expected;
        let progress = Figures { expected_items: progress.expected_items + waiting, ..progress };
        Self { job, progress, segments_of: segments }
    }
}

fn last_phase(progress: &[Progress]) -> Option<Phase> {
    progress.iter().max_by_key(|one| one.started_at).map(|one| one.phase)
}

fn expected(job: &Job, phase: Option<Phase>) -> u64 {
    match phase {
        Some(Phase::Build | Phase::Verify) => job.expected_items,
        // How large the table of views is, nobody has asked.
        Some(Phase::Sweep) | None => 0,
    }
}

impl SegmentItem {
    fn of(progress: &Progress, expected: u64, now: DateTime<Utc>) -> Self {
        let state = if progress.done {
            "done"
        } else if progress.is_taken(now) {
            "running"
        } else {
            "waiting"
        };
        let counts = &progress.counts;
        let expected_items = if progress.done { counts.items } else { expected.max(counts.items) };
        let rate = (counts.items * 1_000).checked_div(progress.worked_ms).unwrap_or_default();
        let left = expected_items - counts.items;
        let figures = Figures {
            items: counts.items,
            expected_items,
            streams: counts.streams,
            commits: counts.commits,
            rows: counts.rows,
            ahead: counts.ahead,
            parked: counts.parked,
            compared: counts.compared,
            mismatches: counts.mismatches,
            rate,
            seconds_left: left.checked_div(rate),
        };
        Self { phase: progress.phase, segment: progress.segment, state, figures }
    }
}

impl Figures {
    fn and(self, other: &Self) -> Self {
        Self {
            items: self.items + other.items,
            expected_items: self.expected_items + other.expected_items,
            streams: self.streams + other.streams,
            commits: self.commits + other.commits,
            rows: self.rows + other.rows,
            ahead: self.ahead + other.ahead,
            parked: self.parked + other.parked,
            compared: self.compared + other.compared,
            mismatches: self.mismatches + other.mismatches,
            rate: self.rate + other.rate,
            // Segments are worked on side by side: the slowest one is the last.
            seconds_left: self.seconds_left.max(other.seconds_left),
        }
    }
}
