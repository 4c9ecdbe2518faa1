use chrono::{DateTime, Utc};
use projections::Generation;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Phase;

/// How many streams a job names that are not as they should be; it counts all of them.
pub(super) const NAMED: usize = 20;

/// A replay of one read model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    pub id: String,
    /// The read model.
    pub projection: String,
    /// The generation that it builds.
    pub generation: u32,
    /// The one that was live when it started, and that it takes the place of.
    pub replaces: u32,
    pub state: State,
    /// Into so many segments each phase is divided.
    pub segments: u32,
    /// How many items a second all segments may read together; null for as many as they can.
    pub rate_limit: Option<u32>,
    /// Of a hundred rows, how many are compared with a fresh fold; of the others it is only seen that they are
    /// there.
    pub verify_percent: u8,
    /// Whether it is promoted as soon as it is verified.
    pub promote: bool,
    /// Who started it: the subject of their token.
    pub started_by: String,
    pub started_at: DateTime<Utc>,
    /// When it came into this state.
    pub since: DateTime<Utc>,
    /// When every reader was told that the pointer moves, while it is about to.
    pub announced_at: Option<DateTime<Utc>>,
    /// Items in the table of events when it started, as far as DynamoDB knew.
    pub expected_items: u64,
    /// How many streams are not in the new generation as they should be.
    pub mismatches: u64,
    /// Some of them, and what is wrong with each.
    pub mismatched: Vec<Mismatch>,
}

/// A stream whose row is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Mismatch {
    /// `{tenant}#{aggregate type}#{id}`
    pub stream: String,
    pub reason: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ReplayState)]
pub enum State {
    Building,
    Verifying,
    Verified,
    Mismatched,
    Promoting,
    Promoted,
    RollingBack,
    RolledBack,
    Cancelling,
    Cancelled,
    Finishing,
    Finished,
}

impl State {
    /// What segments do in this state.
    #[must_use]
    pub fn phase(self) -> Option<Phase> {
        match self {
            Self::Building => Some(Phase::Build),
            Self::Verifying => Some(Phase::Verify),
            Self::Cancelling | Self::Finishing => Some(Phase::Sweep),
            Self::Verified
            | Self::Mismatched
            | Self::Promoting
            | Self::Promoted
            | Self::RollingBack
            | Self::RolledBack
            | Self::Cancelled
            | Self::Finished => None,
        }
    }

    /// Whether the pointer is about to move.
    #[must_use]
    pub fn is_switching(self) -> bool {
        matches!(self, Self::Promoting | Self::RollingBack)
    }

    /// Whether nothing will become of it any more.
    #[must_use]
    pub fn is_over(self) -> bool {
        matches!(self, Self::Cancelled | Self::Finished)
    }

    /// The word that clients see.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Building => "building",
            Self::Verifying => "verifying",
            Self::Verified => "verified",
            Self::Mismatched => "mismatched",
            Self::Promoting => "promoting",
            Self::Promoted => "promoted",
            Self::RollingBack => "rolling_back",
            Self::RolledBack => "rolled_back",
            Self::Cancelling => "cancelling",
            Self::Cancelled => "cancelled",
            Self::Finishing => "finishing",
            Self::Finished => "finished",
        }
    }
}

impl Job {
    #[must_use]
    pub fn generation(&self) -> Generation {
        Generation(self.generation)
    }

    /// The generation whose rows it deletes, if it does.
    #[must_use]
    pub(super) fn given_up(&self) -> Option<Generation> {
        match self.state {
            State::Cancelling => Some(self.generation()),
            State::Finishing => Some(Generation(self.replaces)),
            State::Building
            | State::Verifying
            | State::Verified
            | State::Mismatched
            | State::Promoting
            | State::Promoted
            | State::RollingBack
            | State::RolledBack
            | State::Cancelled
            | State::Finished => None,
        }
    }

    /// The collection of its segments.
    pub(super) fn collection(&self) -> String {
        format!("!replays#{}", self.id)
    }

    #[must_use]
    pub(super) fn turned(self, state: State, now: DateTime<Utc>) -> Self {
        Self { state, since: now, announced_at: None, ..self }
    }
}
