use infra_aws::queue::Outgoing;
use serde::{Deserialize, Serialize};

/// A message on the queue of replays. It says where to look: what is to be done, the job says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ReplayMessage {
    pub(super) job: String,
    /// The segment to work on, in whichever phase the job is; without one, the job itself goes on.
    pub(super) segment: Option<u32>,
}

impl ReplayMessage {
    pub(super) fn to_body(&self) -> String {
        serde_json::to_string(self).expect("a message of texts and numbers is JSON")
    }

    pub(super) fn to_outgoing(&self) -> Outgoing {
        Outgoing { body: self.to_body(), traceparent: None }
    }
}

/// The job and the segment that a message names, if it is one of this queue.
pub(crate) fn named(body: &str) -> Option<(String, Option<u32>)> {
    let ReplayMessage { job, segment } = serde_json::from_str(body).ok()?;
    Some((job, segment))
}
