use domain::{RoleName, TenantId, user::StepOutcome};
use event_store::StoreError;

use super::Worker;

impl Worker {
    /// Links a role: checks once more that it can be linked. The link itself is the recorded result.
    pub(super) async fn link_role(
        &self,
        tenant: &TenantId,
        role: &RoleName,
    ) -> Result<StepOutcome, StoreError> {
        let role = self.commands.load_role(tenant, role).await?;
        Ok(match role.linkable() {
            Some(_) => StepOutcome::Succeeded { message_id: None },
            None if role.is_retired() => StepOutcome::RoleRetired,
            None => StepOutcome::Permanent { error: "role-unknown".into() },
        })
    }
}
