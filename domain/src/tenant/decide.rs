use super::{Tenant, TenantCommand, TenantEvent};
use crate::{Action, Decision, Instruction, policy::permit};

/// What `instruction` does to `tenant`.
///
/// # Errors
/// The [`Rejection`](crate::Rejection) that says why it may not.
pub fn decide(tenant: &Tenant, instruction: &Instruction<TenantCommand>) -> Decision<TenantEvent> {
    match &instruction.command {
        TenantCommand::ChangeSettings(settings) => {
            permit(&instruction.by, Action::ChangeSettings)?;
            if tenant.settings == *settings {
                return Ok(vec![]);
            }
            Ok(vec![TenantEvent::SettingsChanged { settings: settings.clone() }])
        }
    }
}
