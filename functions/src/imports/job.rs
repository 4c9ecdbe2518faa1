use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use domain::{Caller, CallerRole, TenantId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::verdict::{Verdict, Word};
use crate::{
    commands::fingerprint,
    trace_context::{TraceContext, lenient},
};

/// Whoever uploads or works on an import has it for so long, and says so anew with each write. Whoever died is followed
/// by another one then.
pub(super) const LEASE: TimeDelta = TimeDelta::seconds(20);

/// An import.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    pub tenant: TenantId,
    pub id: String,
    /// The upload: milliseconds since 1970 when it began. One that follows a dead one has another number.
    pub attempt: i64,
    pub state: State,
    /// Why it was stopped: the code of a problem.
    pub reason: Option<String>,
    pub asked: Asked,
    /// Of the file and of how it was asked for, hexadecimal; empty until all has arrived.
    pub fingerprint: String,
    pub by: By,
    pub correlation_id: String,
    #[serde(default, deserialize_with = "lenient")]
    pub trace: Option<TraceContext>,
    /// How many there are.
    pub rows: u32,
    /// So many rows, from the first, have a verdict.
    pub done: u32,
    /// So many may have been worked on.
    pub begun: u32,
    /// The first row of the chunk that the next row is in.
    pub chunk: u32,
    pub counts: BTreeMap<Word, u32>,
    pub lease: Option<Lease>,
    pub accepted_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
    /// For how long somebody has worked on it, all in all.
    pub worked_ms: u64,
}

/// How the import was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Asked {
    pub format: Format,
    /// Rows are judged, and nobody is created.
    pub dry_run: bool,
    /// So many rows a second at most.
    pub rate_per_second: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ImportFormat)]
pub enum Format {
    Ndjson,
    Csv,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ImportState)]
pub enum State {
    Uploading,
    Running,
    Cancelling,
    Cancelled,
    Stopped,
    Done,
}

/// Whoever imports, as they were when the file came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct By {
    pub subject: String,
    pub roles: BTreeSet<CallerRole>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    pub owner: String,
    pub until: DateTime<Utc>,
}

impl State {
    /// Whether nothing will become of it any more.
    #[must_use]
    pub fn is_over(self) -> bool {
        match self {
            Self::Done | Self::Cancelled | Self::Stopped => true,
            Self::Uploading | Self::Running | Self::Cancelling => false,
        }
    }

    /// The word that clients see.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Uploading => "uploading",
            Self::Running => "running",
            Self::Cancelling => "cancelling",
            Self::Cancelled => "cancelled",
            Self::Stopped => "stopped",
            Self::Done => "done",
        }
    }
}

impl Job {
    /// An import whose file is on its way.
    pub(super) fn uploading(caller: &Caller, id: String, asked: Asked, now: DateTime<Utc>) -> Self {
        Self {
            tenant: caller.tenant.clone(),
            id,
            attempt: now.timestamp_millis(),
            state: State::Uploading,
            reason: None,
            asked,
            fingerprint: String::new(),
            by: By { subject: caller.subject.clone(), roles: caller.roles.clone() },
            correlation_id: String::new(),
            trace: None,
            rows: 0,
            done: 0,
            begun: 0,
            chunk: 1,
            counts: Word::ALL.map(|word| (word, 0)).into(),
            lease: None,
            accepted_at: now,
            updated_at: now,
            ended_at: None,
            worked_ms: 0,
        }
    }

    /// Whoever imports.
    pub(super) fn caller(&self) -> Caller {
        let By { subject, roles } = self.by.clone();
        Caller { tenant: self.tenant.clone(), subject, roles }
    }

    /// Whether somebody has it now.
    pub(super) fn is_taken(&self, now: DateTime<Utc>) -> bool {
        self.lease.as_ref().is_some_and(|lease| lease.until > now)
    }

    pub(super) fn is_of(&self, owner: &str) -> bool {
        self.lease.as_ref().is_some_and(|lease| lease.owner == owner)
    }

    pub(super) fn leased(self, owner: &str, now: DateTime<Utc>) -> Self {
        Self { lease: Some(Lease { owner: owner.into(), until: now + LEASE }), ..self }
    }

    pub(super) fn ended(self, state: State, reason: Option<String>, now: DateTime<Utc>) -> Self {
        Self { state, reason, lease: None, ended_at: Some(now), ..self }
    }

    /// The next rows have these verdicts.
    pub(super) fn advanced(mut self, verdicts: &[Verdict]) -> Self {
        for verdict in verdicts {
            *self.counts.entry(verdict.verdict).or_default() += 1;
            self.done += 1;
        }
        self
    }

    /// The user that a row creates. No client's key has a line break, so nobody else creates that one.
    #[must_use]
    pub fn user(&self, row: u32) -> UserId {
        UserId::derive(&self.tenant, &format!("import\n{}\n{row}", self.id))
    }
}

/// The id of the import with this Idempotency-Key: a repeated request meets itself.
pub(super) fn import_id(tenant: &TenantId, key: &str) -> String {
    named_by(&["import", tenant.as_str(), key])
}

/// 32 hexadecimal digits that follow from these parts.
pub(super) fn named_by(parts: &[&str]) -> String {
    let parts: Vec<&[u8]> = parts.iter().map(|part| part.as_bytes()).collect();
    fingerprint(&parts).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
