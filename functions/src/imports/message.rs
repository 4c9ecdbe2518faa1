use domain::TenantId;
use infra_aws::queue::Outgoing;
use serde::{Deserialize, Serialize};

/// A message on the queue of imports. It says where to look: what is to be done, the job says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ImportMessage {
    pub(super) tenant: TenantId,
    pub(super) import: String,
}

impl ImportMessage {
    pub(super) fn to_outgoing(&self) -> Outgoing {
        let body = serde_json::to_string(self).expect("a message of texts is JSON");
        Outgoing { body, traceparent: None }
    }
}

/// The import that a message names, if it is one of this queue.
pub(crate) fn named(body: &str) -> Option<(TenantId, String)> {
    let ImportMessage { tenant, import } = serde_json::from_str(body).ok()?;
    Some((tenant, import))
}
