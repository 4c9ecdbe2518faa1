use domain::{
    RoleName,
    role::PlannedRole,
    user::{DeactivationReason, MailFlag, Process, Step, UnlinkReason, UserEvent},
};

/// What happened, in a sentence. Names and addresses are left to the details.
pub(super) fn summary(event: &UserEvent) -> String {
    match event {
        UserEvent::Created { roles, .. } => {
            let roles = roles_of(names(roles)).unwrap_or_else(|| "no role".into());
            format!("The user was created, to have {roles}.")
        }
        UserEvent::ProfileChanged { .. } => "The names were changed.".into(),
        UserEvent::EmailChanged { .. } => "The e-mail address was replaced before it was confirmed.".into(),
        UserEvent::EmailChangeRequested { .. } => {
            "A new e-mail address was asked for; the old one stays until it is confirmed.".into()
        }
        UserEvent::EmailChangeDropped { .. } => {
            "The change of the e-mail address was dropped; the old one stays.".into()
        }
        UserEvent::EmailFlagged { confirmation, flag, .. } => flagged(*confirmation, *flag),
        UserEvent::EmailConfirmed { confirmation, .. } => {
            format!("The e-mail address was confirmed by the link of mail {confirmation}.")
        }
        UserEvent::RolesChanged { added, removed } => roles_changed(added, removed),
        UserEvent::RoleLinked { role } => format!("The role {role} was linked."),
        UserEvent::RoleUnlinked { role, reason } => {
            format!("The role {role} was unlinked: {}.", unlinked(*reason))
        }
        UserEvent::LinkSkipped { role } => {
            format!("The role {role} was not linked, because it was retired.")
        }
        UserEvent::Provisioned {} => "Provisioning is complete.".into(),
        UserEvent::Activated {} => {
            "The user is active at once: the e-mail address had been confirmed before.".into()
        }
        UserEvent::ExpiryScheduled { expires_at: None } => "The user's last day was taken back.".into(),
        UserEvent::ExpiryScheduled { expires_at: Some(at) } => {
            format!("The user is to be shut off at {}.", at.format("%Y-%m-%d %H:%M UTC"))
        }
        UserEvent::Deactivated { reason, .. } => format!("The user was shut off: {}.", shut_off(*reason)),
        UserEvent::Reactivated { .. } => "The user was let in again.".into(),
        UserEvent::Deleted { .. } => "The user was deleted.".into(),
        UserEvent::Restored { .. } => "The user was restored, shut off.".into(),
        UserEvent::ProvisioningStarted { attempt, .. } => format!("Provisioning began, attempt {attempt}."),
        UserEvent::StepRequested { step, .. } => format!("It is the turn of a step: {}.", to_do(step)),
        UserEvent::StepSucceeded { step } => format!("A step was done: {}.", to_do(step)),
        UserEvent::StepFailed { step, error, last: false } => {
            format!("A step failed and is tried again: {} ({error}).", to_do(step))
        }
        UserEvent::StepFailed { step, error, last: true } => {
            format!("A step failed for good: {} ({error}).", to_do(step))
        }
        UserEvent::StepResultIgnored { step, outcome, .. } => {
            format!("A result came too late and changed nothing: {} ({}).", to_do(step), outcome.as_str())
        }
        UserEvent::ProvisioningFailed { step, error } => {
            format!("Provisioning failed: {} ({error}).", to_do(step))
        }
        UserEvent::ProvisioningStopped { at } => format!("Provisioning was stopped {}.", place(*at)),
        UserEvent::ProvisioningCompensated { attempt } => {
            format!("What attempt {attempt} had done was undone.")
        }
        UserEvent::ConfirmationIssued { confirmation, .. } => {
            format!("Mail {confirmation}, with a link to confirm the e-mail address, is being sent.")
        }
        UserEvent::ConfirmationSent { confirmation, .. } => {
            format!("Mail {confirmation}, with the link, was sent.")
        }
        UserEvent::ResendRequested { .. } => "Another mail with a link was asked for.".into(),
        UserEvent::ConfirmationRevoked { confirmation } => {
            format!("The link of mail {confirmation} was revoked.")
        }
        UserEvent::ConfirmationExpired { confirmation } => {
            format!("The link of mail {confirmation} expired.")
        }
        UserEvent::ConfirmationAttemptFailed { confirmation } => {
            format!("Somebody tried a wrong token for mail {confirmation}.")
        }
        UserEvent::ConfirmationBurned { confirmation } => {
            format!("The link of mail {confirmation} is dead, because too many wrong tokens were tried.")
        }
        UserEvent::NoticeIssued { .. } => {
            "A notice of the new e-mail address is being sent to the old one.".into()
        }
    }
}

fn flagged(confirmation: u32, flag: MailFlag) -> String {
    match flag {
        MailFlag::Bounce => format!("Mail {confirmation} came back: the e-mail address takes none."),
        MailFlag::Complaint => format!("Whoever got mail {confirmation} complained of it."),
    }
}

fn roles_changed(added: &[PlannedRole], removed: &[RoleName]) -> String {
    let (added, removed) = (roles_of(names(added)), roles_of(removed.iter()));
    match (added, removed) {
        (None, lost) => format!("The user is to lose {}.", lost.unwrap_or_else(|| "nothing".into())),
        (Some(new), None) => format!("The user is to have {new}."),
        (Some(new), Some(lost)) => format!("The user is to have {new} and to lose {lost}."),
    }
}

fn names(roles: &[PlannedRole]) -> impl Iterator<Item = &RoleName> {
    roles.iter().map(|planned| &planned.role)
}

/// None if there are none.
fn roles_of<'a>(names: impl Iterator<Item = &'a RoleName>) -> Option<String> {
    let names: Vec<&str> = names.map(RoleName::as_str).collect();
    match names.as_slice() {
        [] => None,
        [one] => Some(format!("the role {one}")),
        all => Some(format!("the roles {}", all.join(", "))),
    }
}

fn to_do(step: &Step) -> String {
    match step {
        Step::LinkRole(role) => format!("link the role {role}"),
        Step::SendConfirmation(number) => format!("send mail {number}, with a link to confirm the address"),
        Step::NotifyEmailChange(_) => "tell the old e-mail address of the new one".into(),
    }
}

fn unlinked(reason: UnlinkReason) -> &'static str {
    match reason {
        UnlinkReason::Removed => "the user is no longer to have it",
        UnlinkReason::Retired => "it was retired",
        UnlinkReason::Compensated => "provisioning was undone",
        UnlinkReason::Deleted => "the user was deleted",
    }
}

fn shut_off(reason: DeactivationReason) -> &'static str {
    match reason {
        DeactivationReason::Requested => "somebody asked for it",
        DeactivationReason::LeftOrganisation => "they left the organisation",
        DeactivationReason::Security => "for security",
        DeactivationReason::Cancelled => "provisioning was cancelled",
        DeactivationReason::Expired => "their last day was over",
    }
}

fn place(process: Process) -> &'static str {
    match process {
        Process::Accepted => "before its first step was done",
        Process::Linking => "while roles were being linked",
        Process::Mailing => "while the mail was being sent",
        Process::Provisioned => "while a click on the link was waited for",
        Process::Confirmed => "after the e-mail address was confirmed",
        Process::Failed => "after it had failed",
        Process::Stopped => "where it stood",
        Process::Expired => "after the link had died",
    }
}
