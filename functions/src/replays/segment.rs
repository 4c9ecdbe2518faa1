use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::job::{Mismatch, NAMED};

/// Whoever works on a segment has it for so long, and says so anew at each checkpoint. A worker that died is
/// followed by another one then.
pub(super) const LEASE: TimeDelta = TimeDelta::seconds(20);

/// What segments do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ReplayPhase)]
pub enum Phase {
    Build,
    Verify,
    Sweep,
}

impl Phase {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Build => "build",
            Self::Verify => "verify",
            Self::Sweep => "sweep",
        }
    }
}

/// How far a segment of a phase has come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    pub phase: Phase,
    /// From 0.
    pub segment: u32,
    /// Everything up to here is done; the next worker goes on behind it.
    pub checkpoint: Option<String>,
    pub done: bool,
    /// Who works on it, and until when nobody else does.
    pub lease: Option<Lease>,
    pub counts: Counts,
    pub started_at: Option<DateTime<Utc>>,
    /// When the last checkpoint was written.
    pub updated_at: DateTime<Utc>,
    /// For how long somebody has worked on it, all in all.
    pub worked_ms: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    pub owner: String,
    pub until: DateTime<Utc>,
}

/// What a segment has met so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// Items that were read.
    pub items: u64,
    /// Commits of the read model's aggregates among them.
    pub commits: u64,
    /// Streams that came to their end.
    pub streams: u64,
    /// Rows that were written (while building) or deleted (while sweeping).
    pub rows: u64,
    /// Rows that the projector had brought further by then.
    pub ahead: u64,
    /// Streams with a commit that cannot be applied.
    pub parked: u64,
    /// Rows that were compared with a fresh fold.
    pub compared: u64,
    pub mismatches: u64,
    pub mismatched: Vec<Mismatch>,
    /// What the scans cost.
    pub read_units: f64,
}

impl Counts {
    pub(super) fn mismatch(&mut self, stream: impl ToString, reason: impl Into<String>) {
        self.mismatches += 1;
        if self.mismatched.len() < NAMED {
            self.mismatched.push(Mismatch { stream: stream.to_string(), reason: reason.into() });
        }
    }
}

impl Progress {
    pub(super) fn new(phase: Phase, segment: u32, now: DateTime<Utc>) -> Self {
        Self {
            phase,
            segment,
            checkpoint: None,
            done: false,
            lease: None,
            counts: Counts::default(),
            started_at: None,
            updated_at: now,
            worked_ms: 0,
        }
    }

    /// Its name among the segments of the job.
    pub(super) fn name(phase: Phase, segment: u32) -> String {
        format!("{}#{segment:05}", phase.as_str())
    }

    /// Whether somebody works on it now.
    #[must_use]
    pub fn is_taken(&self, now: DateTime<Utc>) -> bool {
        self.lease.as_ref().is_some_and(|lease| lease.until > now)
    }

    pub(super) fn taken(self, owner: &str, now: DateTime<Utc>) -> Self {
        let started_at = self.started_at.or(Some(now));
        let lease = Some(Lease { owner: owner.into(), until: now + LEASE });
        Self { lease, started_at, updated_at: now, ..self }
    }
}
