use crate::RoleName;

/// What can be asked of a role.
#[derive(Clone, Debug)]
pub enum RoleCommand {
    Create { name: RoleName },
}
