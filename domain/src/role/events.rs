use chrono::{DateTime, Utc};
use cqrs_es::DomainEvent;
use serde::{Deserialize, Serialize};

use super::Powers;
use crate::RoleName;

/// What has happened to a role. The serde names are the stored type names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum RoleEvent {
    #[serde(rename = "role.created")]
    Created {
        name: RoleName,
        #[serde(flatten)]
        powers: Powers,
    },
    #[serde(rename = "role.retired")]
    Retired { at: DateTime<Utc> },
}

impl RoleEvent {
    /// The stored type name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Created { .. } => "role.created",
            Self::Retired { .. } => "role.retired",
        }
    }
}

impl DomainEvent for RoleEvent {
    fn event_type(&self) -> String {
        self.name().into()
    }

    fn event_version(&self) -> String {
        match self {
            // 1 had a name only.
            Self::Created { .. } => "2".into(),
            Self::Retired { .. } => "1".into(),
        }
    }
}
