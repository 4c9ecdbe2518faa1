use chrono::{DateTime, Utc};

use crate::{
    Actor, Decision, Epoch, Rejection,
    policy::may_give,
    role::PlannedRole,
    user::{CreateUser, Step, User, UserEvent},
};

/// Roles that one user can have.
pub const MAX_ROLES: usize = 50;

pub(super) fn create(user: &User, new: &CreateUser, by: &Actor, at: DateTime<Utc>) -> Decision<UserEvent> {
    match user {
        User::Known(_) => Err(Rejection::UserExists),
        User::Unknown if new.roles.len() > MAX_ROLES => Err(Rejection::TooManyRoles),
        User::Unknown => {
            if let Some((role, _)) = new.roles.iter().find(|(_, powers)| !may_give(by, powers)) {
                return Err(Rejection::RoleNotYours(role.clone()));
            }
            let links: Vec<Step> = new.roles.keys().cloned().map(Step::LinkRole).collect();
            let steps = if links.is_empty() { vec![Step::SendConfirmation(1)] } else { links };
            Ok(vec![
                UserEvent::Created {
                    personal: new.personal.clone(),
                    roles: new.roles.iter().map(PlannedRole::of).collect(),
                },
                UserEvent::ProvisioningStarted { attempt: 1, epoch: Epoch::FIRST, steps, at: Some(at) },
            ])
        }
    }
}
