use super::{Role, RoleCommand, RoleEvent};
use crate::{Action, Decision, Instruction, Rejection, policy::permitted};

/// What `instruction` does to `role`.
///
/// # Errors
/// The [`Rejection`] that says why it may not.
pub fn decide(role: &Role, instruction: &Instruction<RoleCommand>) -> Decision<RoleEvent> {
    match &instruction.command {
        RoleCommand::Create { name } => permitted(&instruction.by, Action::CreateRole, || match role {
            Role::Unknown => Ok(vec![RoleEvent::Created { name: name.clone() }]),
            Role::Known { name } => Err(Rejection::RoleExists(name.clone())),
        }),
    }
}
