use super::{Role, RoleCommand, RoleEvent};
use crate::{
    Action, Decision, Instruction, Rejection,
    policy::{may_give, permit},
};

/// What `instruction` does to `role`.
///
/// # Errors
/// The [`Rejection`] that says why it may not.
pub fn decide(role: &Role, instruction: &Instruction<RoleCommand>) -> Decision<RoleEvent> {
    let by = &instruction.by;
    match &instruction.command {
        RoleCommand::Create { name, powers } => {
            permit(by, Action::CreateRole)?;
            match role {
                Role::Known { name, .. } => Err(Rejection::RoleExists(name.clone())),
                Role::Unknown if !may_give(by, powers) => Err(Rejection::RoleNotYours(name.clone())),
                Role::Unknown => Ok(vec![RoleEvent::Created { name: name.clone(), powers: powers.clone() }]),
            }
        }
        RoleCommand::Retire => {
            permit(by, Action::RetireRole)?;
            match role {
                Role::Unknown => Err(Rejection::RoleUnknown),
                Role::Known { name, powers, .. } if !may_give(by, powers) => {
                    Err(Rejection::RoleNotYours(name.clone()))
                }
                Role::Known { retired: true, .. } => Ok(vec![]),
                Role::Known { retired: false, .. } => Ok(vec![RoleEvent::Retired { at: instruction.at }]),
            }
        }
    }
}
