use chrono::SecondsFormat;
use domain::{
    EmailVersion, RoleName,
    role::PlannedRole,
    user::{MailFlag, PendingEmail, Personal, PersonalProfile, UnlinkReason, UserEvent},
};

use super::{UserDirectory, UserFilter, UserView};
use crate::{Facts, Index, ReadModel};

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
                view.roles = roles.iter().map(|planned| planned.role.clone()).collect();
                view.created_at = facts.committed_at;
                view.email_version = 1;
            }
            UserEvent::ProfileChanged { personal } => view.set_profile(personal),
            UserEvent::EmailChanged { personal, email_version, .. } => {
                view.turn_to(*email_version);
                if let Some(known) = &mut view.personal {
                    known.email.clone_from(&personal.email);
                }
            }
            UserEvent::EmailChangeRequested { personal, email_version, .. } => {
                let email = personal.email.clone();
                view.pending_email = Some(PendingEmail { email, version: *email_version });
            }
            UserEvent::EmailChangeDropped { .. } => {
                view.pending_email = None;
                view.turn_to(view.email_version);
            }
            UserEvent::EmailConfirmed { email_version, .. } => view.confirmed(*email_version),
            UserEvent::EmailFlagged { email_version, flag, .. } => view.flagged(*email_version, *flag),
            UserEvent::RolesChanged { added, removed } => view.change_roles(added, removed),
            UserEvent::RoleUnlinked { role, reason: UnlinkReason::Removed | UnlinkReason::Retired }
            | UserEvent::LinkSkipped { role } => view.roles.retain(|has| has != role),
            UserEvent::ExpiryScheduled { expires_at } => view.expires_at = *expires_at,
            UserEvent::Deleted { .. } => view.pending_email = None,
            // What these mean for the directory is in the lifecycle.
            UserEvent::RoleLinked { .. }
            | UserEvent::RoleUnlinked { reason: UnlinkReason::Compensated | UnlinkReason::Deleted, .. }
            | UserEvent::Provisioned {}
            | UserEvent::Activated {}
            | UserEvent::Deactivated { .. }
            | UserEvent::Reactivated { .. }
            | UserEvent::Restored { .. }
            | UserEvent::ProvisioningStarted { .. }
            | UserEvent::StepRequested { .. }
            | UserEvent::StepSucceeded { .. }
            | UserEvent::StepFailed { .. }
            | UserEvent::StepResultIgnored { .. }
            | UserEvent::ProvisioningFailed { .. }
            | UserEvent::ProvisioningStopped { .. }
            | UserEvent::ProvisioningCompensated { .. }
            | UserEvent::ConfirmationIssued { .. }
            | UserEvent::ConfirmationSent { .. }
            | UserEvent::ResendRequested { .. }
            | UserEvent::ConfirmationRevoked { .. }
            | UserEvent::ConfirmationExpired { .. }
            | UserEvent::ConfirmationAttemptFailed { .. }
            | UserEvent::ConfirmationBurned { .. }
            | UserEvent::NoticeIssued { .. } => {}
        }
    }

    fn terms(view: &UserView) -> Vec<String> {
        let status = UserFilter::status_term(view.lifecycle.status());
        view.roles.iter().map(UserFilter::role_term).chain([status]).collect()
    }

    fn texts(view: &UserView) -> Vec<(Index, String)> {
        let Some(personal) = &view.personal else { return Vec::new() };
        let created_at = view.created_at.to_rfc3339_opts(SecondsFormat::Millis, true);
        let texts = [
            (Index::Name, personal.user_name.canonical()),
            (Index::Email, personal.email.canonical()),
            (Index::CreatedAt, created_at),
        ];
        let pending = view.pending_email.as_ref().map(|new| (Index::PendingEmail, new.email.canonical()));
        texts.into_iter().chain(pending).collect()
    }
}

impl UserView {
    fn set_profile(&mut self, profile: &PersonalProfile) {
        if let Some(Personal { user_name, display_name, .. }) = &mut self.personal {
            user_name.clone_from(&profile.user_name);
            display_name.clone_from(&profile.display_name);
        }
    }

    /// The address that was to replace the confirmed one does, if it is the one that was confirmed now.
    fn confirmed(&mut self, version: EmailVersion) {
        let new = self.pending_email.take_if(|pending| pending.version == version);
        if let (Some(new), Some(personal)) = (new, &mut self.personal) {
            personal.email = new.email;
            self.turn_to(version);
        }
    }

    /// The address is this one; what was said about others is of no interest any more.
    fn turn_to(&mut self, version: EmailVersion) {
        self.email_version = version;
        self.email_flags.retain(|flagged, _| *flagged == version);
    }

    /// Bounces come late: this one may be of an address that was replaced since.
    fn flagged(&mut self, version: EmailVersion, flag: MailFlag) {
        let pending = self.pending_email.as_ref().map(|pending| pending.version);
        if version == self.email_version || Some(version) == pending {
            self.email_flags.insert(version, flag);
        }
    }

    fn change_roles(&mut self, added: &[PlannedRole], removed: &[RoleName]) {
        self.roles.retain(|role| !removed.contains(role));
        self.roles.extend(added.iter().map(|planned| planned.role.clone()));
        self.roles.sort();
    }
}
