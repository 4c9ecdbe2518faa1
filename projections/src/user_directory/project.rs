use domain::user::UserEvent;

use super::{UserDirectory, UserFilter, UserView};
use crate::{Facts, ReadModel};

impl ReadModel for UserDirectory {
    const NAME: &'static str = "user_directory";
    const SOURCE: &'static str = "user";
    type Event = UserEvent;
    type View = UserView;

    fn project(view: &mut UserView, event: &UserEvent, facts: &Facts<UserEvent>) {
        view.lifecycle.apply(event);
        view.updated_at = facts.committed_at;
        match event {
            UserEvent::Created { personal, roles } => {
                view.personal = Some(personal.clone());
                view.roles.clone_from(roles);
                view.created_at = facts.committed_at;
            }
            // What these mean for the directory is in the lifecycle.
            UserEvent::RoleLinked { .. }
            | UserEvent::Provisioned {}
            | UserEvent::EmailConfirmed { .. }
            | UserEvent::Deactivated { .. }
            | UserEvent::Reactivated { .. }
            | UserEvent::ProvisioningStarted { .. }
            | UserEvent::StepRequested { .. }
            | UserEvent::StepSucceeded { .. }
            | UserEvent::StepFailed { .. }
            | UserEvent::StepResultIgnored { .. }
            | UserEvent::ProvisioningFailed { .. }
            | UserEvent::ProvisioningStopped { .. }
            | UserEvent::ConfirmationIssued { .. }
            | UserEvent::ConfirmationSent { .. }
            | UserEvent::ResendRequested { .. }
            | UserEvent::ConfirmationRevoked { .. }
            | UserEvent::ConfirmationExpired { .. } => {}
        }
    }

    fn terms(view: &UserView) -> Vec<String> {
        let status = UserFilter::status_term(view.lifecycle.status());
        view.roles.iter().map(UserFilter::role_term).chain([status]).collect()
    }
}
