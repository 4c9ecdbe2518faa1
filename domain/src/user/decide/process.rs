use chrono::{DateTime, TimeDelta, Utc};

use super::revoke;
use crate::{
    Decision, Epoch, Rejection, RoleName,
    user::{
        Account, AdminState, DeactivationReason, Link, LinkState, Process, Step, UnlinkReason, User,
        UserEvent, pending_steps, steps::missing_links,
    },
};

/// Provisioning that takes longer has failed.
pub const PROCESS_DEADLINE: TimeDelta = TimeDelta::minutes(15);

const RESEND_GAP: TimeDelta = TimeDelta::seconds(60);
const RESEND_WINDOW: TimeDelta = TimeDelta::hours(24);

/// A new attempt, in an epoch of its own, with the steps that are missing. A link that is out must not work
/// beside the new one.
pub(super) fn begin(account: &Account, epoch: Epoch, at: DateTime<Utc>) -> Vec<UserEvent> {
    let attempt = attempt(account, epoch, account.email_verified, at);
    revoke(account).into_iter().chain(attempt).collect()
}

/// The same, when it is known whether a mail is needed.
pub(super) fn attempt(
    account: &Account,
    epoch: Epoch,
    is_verified: bool,
    at: DateTime<Utc>,
) -> Vec<UserEvent> {
    let (missing, attempt) = (missing_links(account), account.attempt + 1);
    let is_complete = missing.is_empty() && is_verified;
    let steps = if missing.is_empty() && !is_verified {
        vec![Step::SendConfirmation(account.next_confirmation())]
    } else {
        missing
    };
    let started = UserEvent::ProvisioningStarted { attempt, epoch, steps, at: Some(at) };
    let complete = is_complete.then_some([UserEvent::Provisioned {}, UserEvent::Activated {}]);
    [started].into_iter().chain(complete.into_iter().flatten()).collect()
}

/// What comes after the last link: the mail, or nothing more for an address that was confirmed before.
pub(super) fn after_links(account: &Account) -> Vec<UserEvent> {
    if account.email_verified {
        return vec![UserEvent::Provisioned {}, UserEvent::Activated {}];
    }
    let step = Step::SendConfirmation(account.next_confirmation());
    vec![UserEvent::StepRequested { step, epoch: account.epoch }]
}

/// Takes back links, the last one first.
pub(super) fn unlink_all(
    account: &Account,
    reason: UnlinkReason,
    of: impl Fn(u32) -> bool,
) -> Vec<UserEvent> {
    let place = |(role, link): (&RoleName, &Link)| match link.state {
        LinkState::Linked { attempt, place } if of(attempt) => Some((place, role.clone())),
        LinkState::Linked { .. } | LinkState::Wanted => None,
    };
    let mut linked: Vec<(u32, RoleName)> = account.links.iter().filter_map(place).collect();
    linked.sort_by(|a, b| b.cmp(a));
    linked.into_iter().map(|(_, role)| UserEvent::RoleUnlinked { role, reason }).collect()
}

pub(super) fn retry(account: &Account, at: DateTime<Utc>) -> Decision<UserEvent> {
    match (account.lifecycle.admin_state, account.lifecycle.process) {
        (AdminState::Disabled | AdminState::Deleted, _) | (AdminState::Enabled, Process::Stopped) => {
            Err(Rejection::UserInactive)
        }
        // What sends a mail again is within the limits of that, whatever it is called.
        (AdminState::Enabled, Process::Failed) if only_the_mail_failed(account) => {
            within_resend_limit(account, at)?;
            let begin = begin(account, account.epoch.next(), at);
            Ok([UserEvent::ResendRequested { at }].into_iter().chain(begin).collect())
        }
        (AdminState::Enabled, Process::Failed) => Ok(begin(account, account.epoch.next(), at)),
        (AdminState::Enabled, Process::Expired) => resend(account, at),
        (
            AdminState::Enabled,
            process @ (Process::Accepted
            | Process::Linking
            | Process::Mailing
            | Process::Provisioned
            | Process::Confirmed),
        ) => Err(Rejection::NothingToRetry(process)),
    }
}

/// Undoes what this attempt has done, the last of it first. What earlier attempts did stays.
pub(super) fn cancel(account: &Account) -> Decision<UserEvent> {
    match (account.lifecycle.admin_state, account.lifecycle.process) {
        (AdminState::Disabled | AdminState::Deleted, _) => Ok(vec![]),
        (AdminState::Enabled, Process::Confirmed) => Err(Rejection::NothingToCancel),
        (AdminState::Enabled, process) => {
            let reason = DeactivationReason::Cancelled;
            let mut events = vec![
                UserEvent::Deactivated { reason, epoch: account.epoch.next() },
                UserEvent::ProvisioningStopped { at: process },
            ];
            events.extend(revoke(account));
            events
                .extend(unlink_all(account, UnlinkReason::Compensated, |attempt| attempt == account.attempt));
            events.push(UserEvent::ProvisioningCompensated { attempt: account.attempt });
            Ok(events)
        }
    }
}

pub(super) fn resend(account: &Account, at: DateTime<Utc>) -> Decision<UserEvent> {
    let lifecycle = account.lifecycle;
    match (lifecycle.admin_state, lifecycle.process) {
        (AdminState::Disabled | AdminState::Deleted, _) | (AdminState::Enabled, Process::Stopped) => {
            Err(Rejection::UserInactive)
        }
        (AdminState::Enabled, process @ (Process::Accepted | Process::Linking | Process::Mailing)) => {
            Err(Rejection::NotSentYet(process))
        }
        (AdminState::Enabled, Process::Confirmed) if account.pending_email.is_none() => {
            Err(Rejection::AlreadyConfirmed)
        }
        (AdminState::Enabled, Process::Failed) if !only_the_mail_failed(account) => {
            Err(Rejection::ProvisioningFailed)
        }
        (
            AdminState::Enabled,
            Process::Provisioned | Process::Expired | Process::Failed | Process::Confirmed,
        ) => {
            within_resend_limit(account, at)?;
            let step = Step::SendConfirmation(account.next_confirmation());
            let again =
                [UserEvent::ResendRequested { at }, UserEvent::StepRequested { step, epoch: account.epoch }];
            Ok(revoke(account).into_iter().chain(again).collect())
        }
    }
}

/// Whether a new mail is all that a failed process needs.
pub(super) fn only_the_mail_failed(account: &Account) -> bool {
    matches!(account.failed_step, Some(Step::SendConfirmation(_)))
        && missing_links(account).is_empty()
        && !account.email_verified
}

fn within_resend_limit(account: &Account, at: DateTime<Utc>) -> Result<(), Rejection> {
    let issued = account.confirmations.iter().filter_map(|c| c.token.as_ref()).map(|t| t.issued_at);
    let last = account.resends.iter().copied().chain(issued).max();
    free_at(last.map(|last| last + RESEND_GAP).max(day_ends(account)), at)
}

/// A typing error may be put right at once, but no mailbox is flooded by changing addresses.
pub(super) fn within_daily_limit(account: &Account, at: DateTime<Utc>) -> Result<(), Rejection> {
    free_at(day_ends(account), at)
}

fn day_ends(account: &Account) -> Option<DateTime<Utc>> {
    let is_full = account.resends.len() == Account::RESENDS_REMEMBERED;
    account.resends.iter().min().filter(|_| is_full).map(|first| *first + RESEND_WINDOW)
}

fn free_at(free: Option<DateTime<Utc>>, at: DateTime<Utc>) -> Result<(), Rejection> {
    match free {
        Some(free) if free > at => Err(Rejection::ResendLimit { retry_after_seconds: seconds_up(free - at) }),
        Some(_) | None => Ok(()),
    }
}

/// Whole seconds, rounded up: who waits as long as told is let in.
fn seconds_up(wait: TimeDelta) -> i64 {
    (wait.num_milliseconds() + 999) / 1000
}

/// Timers fire late and twice; only what is still running, and has been for too long, has failed.
pub(super) fn time_out(user: &User, at: DateTime<Utc>) -> Decision<UserEvent> {
    let Some(account) = user.account().filter(|account| account.lifecycle.process.is_running()) else {
        return Ok(vec![]);
    };
    let is_over = account.running_since.is_some_and(|since| since + PROCESS_DEADLINE <= at);
    let open = pending_steps(user).into_iter().next().filter(|_| is_over);
    Ok(open
        .map_or_else(Vec::new, |step| vec![UserEvent::ProvisioningFailed { step, error: "timeout".into() }]))
}
