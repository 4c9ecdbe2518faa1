use chrono::{DateTime, Utc};

use super::{
    not_beyond,
    process::{only_the_mail_failed, within_daily_limit},
    revoke,
};
use crate::{
    Actor, Decision, DisplayName, Email, UserName,
    user::{Account, AdminState, PersonalEmail, PersonalProfile, Process, Step, UserEvent},
};

pub(super) fn change_profile(
    account: &Account,
    user_name: Option<&UserName>,
    display_name: Option<&DisplayName>,
) -> Decision<UserEvent> {
    let is = &account.personal;
    let personal = PersonalProfile {
        user_name: user_name.unwrap_or(&is.user_name).clone(),
        display_name: display_name.unwrap_or(&is.display_name).clone(),
    };
    let unchanged = personal.user_name == is.user_name && personal.display_name == is.display_name;
    Ok(if unchanged { vec![] } else { vec![UserEvent::ProfileChanged { personal }] })
}

/// A confirmed address stays until the new one is confirmed, too; any other is replaced at once, and its link
/// dies with it.
pub(super) fn change_email(
    account: &Account,
    email: &Email,
    by: &Actor,
    at: DateTime<Utc>,
) -> Decision<UserEvent> {
    // Whoever reads the mail of someone becomes them.
    not_beyond(account, by)?;
    let (to_confirm, _) = account.email_to_confirm();
    if to_confirm == email {
        return Ok(vec![]);
    }
    if account.lifecycle.process == Process::Confirmed && account.personal.email == *email {
        return Ok(drop_change(account));
    }
    within_daily_limit(account, at)?;
    Ok(if account.lifecycle.process == Process::Confirmed {
        request(account, email, at)
    } else {
        replace(account, email, at)
    })
}

fn replace(account: &Account, email: &Email, at: DateTime<Utc>) -> Vec<UserEvent> {
    let email_version = account.last_email_version + 1;
    let changed = UserEvent::EmailChanged { personal: personal(email), email_version, at };
    let mail_is_due = match account.lifecycle.process {
        Process::Mailing | Process::Provisioned | Process::Expired => true,
        Process::Failed => only_the_mail_failed(account),
        // The links come first, and the mail after them.
        Process::Accepted | Process::Linking | Process::Stopped | Process::Confirmed => false,
    };
    let is_enabled = account.lifecycle.admin_state == AdminState::Enabled;
    let mail = (is_enabled && mail_is_due).then(|| mail(account));
    [changed].into_iter().chain(revoke(account)).chain(mail).collect()
}

fn request(account: &Account, email: &Email, at: DateTime<Utc>) -> Vec<UserEvent> {
    let email_version = account.last_email_version + 1;
    let requested = UserEvent::EmailChangeRequested { personal: personal(email), email_version, at };
    let notice =
        UserEvent::StepRequested { step: Step::NotifyEmailChange(email_version), epoch: account.epoch };
    let is_enabled = account.lifecycle.admin_state == AdminState::Enabled;
    let steps = is_enabled.then(|| [mail(account), notice]);
    revoke(account).into_iter().chain([requested]).chain(steps.into_iter().flatten()).collect()
}

/// The confirmed address stays after all.
pub(super) fn drop_change(account: &Account) -> Vec<UserEvent> {
    revoke(account).into_iter().chain(dropped_change(account)).collect()
}

/// The same, when the link of the change is dead already.
pub(super) fn dropped_change(account: &Account) -> Option<UserEvent> {
    let pending = account.pending_email.as_ref()?;
    Some(UserEvent::EmailChangeDropped { email_version: pending.version })
}

fn mail(account: &Account) -> UserEvent {
    let step = Step::SendConfirmation(account.next_confirmation());
    UserEvent::StepRequested { step, epoch: account.epoch }
}

fn personal(email: &Email) -> PersonalEmail {
    PersonalEmail { email: email.clone() }
}
