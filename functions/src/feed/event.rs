use event_store::{Commit, CorruptCommit, StreamId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::cloud_event::{self, CloudEvent};

/// What the type of an [`Unreadable`] is.
const UNREADABLE: &str = "rollcall.commit.unreadable";

/// What a client is told of.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(untagged)]
pub enum FeedEvent {
    Event(Box<CloudEvent>),
    Unreadable(Unreadable),
}

/// A commit that this release cannot read. The feed goes on; when a later release can read it,
/// `GET /v1/users/{id}/timeline` has what the feed could not tell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = UnreadableCommit)]
pub struct Unreadable {
    specversion: &'static str,
    id: String,
    source: String,
    /// `rollcall.commit.unreadable`
    r#type: &'static str,
    subject: String,
    tenant: String,
    aggregate: String,
    commit: u64,
}

impl FeedEvent {
    /// The events of a commit that are wanted.
    pub(super) fn of(commit: &Commit, wanted: impl Fn(&str) -> bool) -> Vec<Self> {
        let events = (1..).zip(&commit.events).filter(|(_, event)| wanted(&event.event_type));
        events.map(|(place, event)| Self::Event(Box::new(CloudEvent::of(commit, place, event)))).collect()
    }

    /// Told to everybody: any event may be in it.
    pub(super) fn unreadable(stream: &StreamId, corrupt: &CorruptCommit) -> Self {
        Self::Unreadable(Unreadable {
            specversion: cloud_event::SPECVERSION,
            id: format!("{stream}@{}", corrupt.commit),
            source: cloud_event::source(stream),
            r#type: UNREADABLE,
            subject: stream.id().into(),
            tenant: stream.tenant().into(),
            aggregate: stream.kind().into(),
            commit: corrupt.commit,
        })
    }

    /// Its size as it is written, roughly.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Event(event) => event.bytes(),
            Self::Unreadable(_) => 500,
        }
    }
}
