use chrono::{DateTime, Utc};
use domain::user::{Lifecycle, Status, UserEvent};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Details, summary::summary};

/// A commit of a user, with what is known of its command.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// The commit's number in the user's stream.
    pub commit: u64,
    pub at: DateTime<Utc>,
    /// As it is stored: `user:{subject}`, or a part of the system.
    pub actor: String,
    pub correlation_id: String,
    pub causation_id: Option<String>,
    pub events: Vec<UserEvent>,
}

/// One thing that happened to a user.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TimelineEntry {
    /// What one command recorded has one number.
    pub commit: u64,
    pub at: DateTime<Utc>,
    /// Whose doing it is: `user:{subject}`, or a part of the system.
    pub actor: String,
    /// Names the request that it began with.
    pub correlation_id: String,
    pub causation_id: Option<String>,
    /// The event's type, such as `user.deactivated`.
    pub r#type: &'static str,
    /// The same in a sentence. It may be worded anew; `type` and `details` are there for programs.
    pub summary: String,
    pub details: Details,
    /// What the user was from then on.
    pub status: Status,
}

/// The entries of a commit, in order. `lifecycle` is where the commits before it left the user, and is where
/// this one leaves them afterwards.
pub fn entries(lifecycle: &mut Lifecycle, recorded: &Recorded) -> Vec<TimelineEntry> {
    let entry = |event: &UserEvent| {
        lifecycle.apply(event);
        TimelineEntry {
            commit: recorded.commit,
            at: recorded.at,
            actor: recorded.actor.clone(),
            correlation_id: recorded.correlation_id.clone(),
            causation_id: recorded.causation_id.clone(),
            r#type: event.name(),
            summary: summary(event),
            details: Details::of(event),
            status: lifecycle.status(),
        }
    };
    recorded.events.iter().map(entry).collect()
}
