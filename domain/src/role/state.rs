use serde::{Deserialize, Serialize};

use super::{Powers, RoleEvent};
use crate::RoleName;

/// A role as the rules see it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Role {
    /// No event yet.
    #[default]
    Unknown,
    Known {
        name: RoleName,
        powers: Powers,
        retired: bool,
    },
}

impl Role {
    pub(super) fn remember(&mut self, event: RoleEvent) {
        match (&mut *self, event) {
            (_, RoleEvent::Created { name, powers }) => *self = Self::Known { name, powers, retired: false },
            (Self::Known { retired, .. }, RoleEvent::Retired { .. }) => *retired = true,
            (Self::Unknown, RoleEvent::Retired { .. }) => {}
        }
    }

    /// What it makes of its holders, if users can be linked to it.
    #[must_use]
    pub fn linkable(&self) -> Option<&Powers> {
        match self {
            Self::Unknown | Self::Known { retired: true, .. } => None,
            Self::Known { powers, retired: false, .. } => Some(powers),
        }
    }

    /// What it makes of its holders, if there is such a role; retired ones included.
    #[must_use]
    pub fn powers(&self) -> Option<&Powers> {
        match self {
            Self::Unknown => None,
            Self::Known { powers, .. } => Some(powers),
        }
    }

    #[must_use]
    pub fn is_retired(&self) -> bool {
        matches!(self, Self::Known { retired: true, .. })
    }
}
