use serde::{Deserialize, Serialize};

use super::RoleEvent;
use crate::RoleName;

/// A role as the rules see it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Role {
    /// No event yet.
    #[default]
    Unknown,
    Known {
        name: RoleName,
    },
}

impl Role {
    pub(super) fn remember(&mut self, event: RoleEvent) {
        match event {
            RoleEvent::Created { name } => *self = Self::Known { name },
        }
    }

    /// Whether users can be linked to it.
    #[must_use]
    pub fn is_linkable(&self) -> bool {
        match self {
            Self::Unknown => false,
            Self::Known { .. } => true,
        }
    }
}
