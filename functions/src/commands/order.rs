use domain::{Actor, TenantId};

use super::fingerprint;
use crate::trace_context::TraceContext;

/// Everything about a command that is not the command.
#[derive(Clone, Debug)]
pub struct Order {
    pub tenant: TenantId,
    pub by: Actor,
    /// The same id is the same command: it is carried out once.
    pub command_id: String,
    /// Hash of what is asked; another fingerprint under the same id is refused.
    pub fingerprint: [u8; 32],
    pub correlation_id: String,
    pub causation_id: Option<String>,
    /// What the command is a part of; without one, a trace begins with it.
    pub trace: Option<TraceContext>,
    /// Refuse unless the stream's last commit has this number (`If-Match`).
    pub expected_commit: Option<u64>,
}

impl Order {
    /// What a part of the system gives by itself, with no request behind it: named by its id alone.
    pub(crate) fn of_the_system(tenant: TenantId, by: Actor, command_id: String) -> Self {
        Self {
            tenant,
            by,
            fingerprint: fingerprint(&[command_id.as_bytes()]),
            correlation_id: command_id.clone(),
            command_id,
            causation_id: None,
            trace: None,
            expected_commit: None,
        }
    }

    /// The command's own place in the trace.
    pub(super) fn span(&self) -> TraceContext {
        let name = ["command", self.tenant.as_str(), &self.command_id];
        self.trace.map_or_else(|| TraceContext::begin(&name), |parent| parent.child(&name))
    }
}
