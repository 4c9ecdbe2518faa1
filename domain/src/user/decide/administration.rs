use chrono::{DateTime, TimeDelta, Utc};

use super::{
    not_beyond,
    process::{begin, unlink_all},
    revoke,
};
use crate::{
    Actor, Decision, Rejection,
    user::{
        Account, AdminState, DeactivationReason, Process, Step, UnlinkReason, UserEvent,
        steps::unsent_notices,
    },
};

/// How long a deleted user can be restored.
const RESTORABLE: TimeDelta = TimeDelta::days(30);

/// Stops a running process in the same commit, and kills the link that may be out already.
pub(super) fn deactivate(account: &Account, reason: DeactivationReason) -> Decision<UserEvent> {
    match account.lifecycle.admin_state {
        // Deliveries repeat: the second one is not news.
        AdminState::Disabled | AdminState::Deleted => Ok(vec![]),
        AdminState::Enabled => {
            let mut events = vec![UserEvent::Deactivated { reason, epoch: account.epoch.next() }];
            events.extend(stop(account.lifecycle.process));
            events.extend(revoke(account));
            Ok(events)
        }
    }
}

fn stop(process: Process) -> Option<UserEvent> {
    // A provisioned user's link is revoked too, so the mail has to be sent again: not finished either.
    let unfinished = process.is_running() || process == Process::Provisioned;
    unfinished.then_some(UserEvent::ProvisioningStopped { at: process })
}

/// Runs only what is missing. Who was confirmed is confirmed; everyone else gets a new link.
pub(super) fn reactivate(account: &Account, by: &Actor, at: DateTime<Utc>) -> Decision<UserEvent> {
    not_beyond(account, by)?;
    match account.lifecycle.admin_state {
        AdminState::Enabled => Ok(vec![]),
        AdminState::Deleted => Err(Rejection::UserUnknown),
        AdminState::Disabled if account.expires_at.is_some_and(|expires_at| expires_at <= at) => {
            Err(Rejection::UserExpired)
        }
        AdminState::Disabled => {
            let epoch = account.epoch.next();
            let mut events = vec![UserEvent::Reactivated { epoch }];
            if account.lifecycle.process == Process::Confirmed {
                let steps = steps_of_a_change(account).into_iter();
                events.extend(steps.map(|step| UserEvent::StepRequested { step, epoch }));
            } else {
                // The epoch rises once for both.
                events.extend(begin(account, epoch, at));
            }
            Ok(events)
        }
    }
}

/// What is left to do of a change of a confirmed address.
fn steps_of_a_change(account: &Account) -> Vec<Step> {
    let mail = account.pending_email.as_ref().map(|_| Step::SendConfirmation(account.next_confirmation()));
    mail.into_iter().chain(unsent_notices(account)).collect()
}

/// Releases what the user holds: links here, the unique values with the state.
pub(super) fn delete(account: &Account, at: DateTime<Utc>) -> Decision<UserEvent> {
    let mut events = vec![UserEvent::Deleted { epoch: account.epoch.next(), at }];
    // Whatever was finished is not any more: who comes back needs the links again.
    if account.lifecycle.process != Process::Stopped {
        events.push(UserEvent::ProvisioningStopped { at: account.lifecycle.process });
    }
    events.extend(revoke(account));
    events.extend(unlink_all(account, UnlinkReason::Deleted, |_| true));
    Ok(events)
}

/// Comes back shut off: nobody is let in by undoing a mistake.
pub(super) fn restore(account: &Account, by: &Actor, at: DateTime<Utc>) -> Decision<UserEvent> {
    not_beyond(account, by)?;
    match account.deleted_at {
        None => Err(Rejection::UserNotDeleted),
        Some(deleted_at) if at - deleted_at > RESTORABLE => Err(Rejection::UserGone),
        Some(_) => Ok(vec![UserEvent::Restored { epoch: account.epoch.next() }]),
    }
}

pub(super) fn schedule_expiry(
    account: &Account,
    expires_at: Option<DateTime<Utc>>,
    by: &Actor,
    at: DateTime<Utc>,
) -> Decision<UserEvent> {
    not_beyond(account, by)?;
    if account.expires_at == expires_at {
        return Ok(vec![]);
    }
    match expires_at {
        Some(expires_at) if expires_at <= at => Err(Rejection::ExpiryInThePast),
        Some(_) | None => Ok(vec![UserEvent::ExpiryScheduled { expires_at }]),
    }
}

/// Timers fire late and twice; only who is enabled and over their time is shut off.
pub(super) fn expire(account: &Account, at: DateTime<Utc>) -> Decision<UserEvent> {
    match account.expires_at {
        Some(expires_at) if expires_at <= at => deactivate(account, DeactivationReason::Expired),
        Some(_) | None => Ok(vec![]),
    }
}
