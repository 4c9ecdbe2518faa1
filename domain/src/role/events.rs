use cqrs_es::DomainEvent;
use serde::{Deserialize, Serialize};

use crate::RoleName;

/// What has happened to a role. The serde names are the stored type names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum RoleEvent {
    #[serde(rename = "role.created")]
    Created { name: RoleName },
}

impl RoleEvent {
    /// The stored type name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Created { .. } => "role.created",
        }
    }
}

impl DomainEvent for RoleEvent {
    fn event_type(&self) -> String {
        self.name().into()
    }

    fn event_version(&self) -> String {
        "1".into()
    }
}
