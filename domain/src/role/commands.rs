use super::Powers;
use crate::RoleName;

/// What can be asked of a role.
#[derive(Clone, Debug)]
pub enum RoleCommand {
    Create {
        name: RoleName,
        powers: Powers,
    },
    /// Nobody gets it any more, and whoever has it loses it.
    Retire,
}
