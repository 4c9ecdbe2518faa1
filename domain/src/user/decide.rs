//! The rulings: what each command does in each situation.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    Account, AdminState, Confirmation, ConfirmationState, CreateUser, DeactivationReason, Process, Standing,
    Step, StepOutcome, User, UserCommand, UserEvent, standing, steps::missing_links,
};
use crate::{Action, Decision, Epoch, Instruction, Rejection, TokenHash, policy::permitted};

/// Tries of one step before it fails for good.
pub const MAX_TRIES: u32 = 5;
/// Roles that one user can have.
pub const MAX_ROLES: usize = 50;
const RESEND_GAP: TimeDelta = TimeDelta::seconds(60);
const RESEND_WINDOW: TimeDelta = TimeDelta::hours(24);
const RESENDS_PER_WINDOW: usize = 5;

/// What `instruction` does to `user`.
///
/// # Errors
/// The [`Rejection`] that says why it may not.
pub fn decide(user: &User, instruction: &Instruction<UserCommand>) -> Decision<UserEvent> {
    let (by, at) = (&instruction.by, instruction.at);
    match &instruction.command {
        UserCommand::Create(new) => permitted(by, Action::CreateUser, || create(user, new)),
        UserCommand::Deactivate { reason } => {
            permitted(by, Action::DeactivateUser, || deactivate(known(user)?, *reason))
        }
        UserCommand::Reactivate => permitted(by, Action::ReactivateUser, || reactivate(known(user)?)),
        UserCommand::ResendConfirmation => {
            permitted(by, Action::ResendConfirmation, || resend(known(user)?, at))
        }
        UserCommand::IssueConfirmation { step, epoch, token_hash, expires_at } => {
            permitted(by, Action::ReportStep, || issue(user, step, *epoch, (*token_hash, at, *expires_at)))
        }
        UserCommand::RecordStepResult { step, epoch, outcome } => {
            permitted(by, Action::ReportStep, || record(user, step, *epoch, outcome))
        }
        UserCommand::ConfirmEmail { token_hash } => {
            permitted(by, Action::ConfirmEmail, || confirm(user, *token_hash, at))
        }
        UserCommand::ExpireConfirmation { confirmation } => {
            permitted(by, Action::ExpireConfirmation, || expire(known(user)?, *confirmation, at))
        }
    }
}

fn known(user: &User) -> Result<&Account, Rejection> {
    user.account().ok_or(Rejection::UserUnknown)
}

fn create(user: &User, new: &CreateUser) -> Decision<UserEvent> {
    match user {
        User::Known(_) => Err(Rejection::UserExists),
        User::Unknown if new.roles.len() > MAX_ROLES => Err(Rejection::TooManyRoles),
        User::Unknown => {
            let links: Vec<Step> = new.roles.iter().cloned().map(Step::LinkRole).collect();
            let steps = if links.is_empty() { vec![Step::SendConfirmation(1)] } else { links };
            let roles = new.roles.iter().cloned().collect();
            Ok(vec![
                UserEvent::Created { personal: new.personal.clone(), roles },
                UserEvent::ProvisioningStarted { attempt: 1, epoch: Epoch::FIRST, steps },
            ])
        }
    }
}

/// Stops a running process in the same commit, and kills the link that may be out already.
fn deactivate(account: &Account, reason: DeactivationReason) -> Decision<UserEvent> {
    match account.lifecycle.admin_state {
        // Deliveries repeat: the second one is not news.
        AdminState::Disabled => Ok(vec![]),
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

fn revoke(account: &Account) -> Option<UserEvent> {
    account.live_confirmation().map(|live| UserEvent::ConfirmationRevoked { confirmation: live.number })
}

/// Runs only what is missing. Who was confirmed is confirmed; everyone else gets a new link.
fn reactivate(account: &Account) -> Decision<UserEvent> {
    match (account.lifecycle.admin_state, account.lifecycle.process) {
        (AdminState::Enabled, _) => Ok(vec![]),
        (AdminState::Disabled, Process::Confirmed) => {
            Ok(vec![UserEvent::Reactivated { epoch: account.epoch.next() }])
        }
        (AdminState::Disabled, _) => {
            let epoch = account.epoch.next();
            let missing = missing_links(account);
            let send = vec![Step::SendConfirmation(account.next_confirmation())];
            let steps = if missing.is_empty() { send } else { missing };
            let started = UserEvent::ProvisioningStarted { attempt: account.attempt + 1, epoch, steps };
            // A confirmation left open by a failed attempt must not work beside the new one.
            Ok([UserEvent::Reactivated { epoch }]
                .into_iter()
                .chain(revoke(account))
                .chain([started])
                .collect())
        }
    }
}

fn resend(account: &Account, at: DateTime<Utc>) -> Decision<UserEvent> {
    let lifecycle = account.lifecycle;
    match (lifecycle.admin_state, lifecycle.process) {
        (AdminState::Disabled, _) | (AdminState::Enabled, Process::Stopped) => Err(Rejection::UserInactive),
        (AdminState::Enabled, process @ (Process::Accepted | Process::Linking | Process::Mailing)) => {
            Err(Rejection::NotSentYet(process))
        }
        (AdminState::Enabled, Process::Confirmed) => Err(Rejection::AlreadyConfirmed),
        (AdminState::Enabled, Process::Failed) if !failed_at_mail(account) => {
            Err(Rejection::ProvisioningFailed)
        }
        (AdminState::Enabled, Process::Provisioned | Process::Expired | Process::Failed) => {
            within_resend_limit(account, at)?;
            let step = Step::SendConfirmation(account.next_confirmation());
            let again =
                [UserEvent::ResendRequested { at }, UserEvent::StepRequested { step, epoch: account.epoch }];
            Ok(revoke(account).into_iter().chain(again).collect())
        }
    }
}

fn failed_at_mail(account: &Account) -> bool {
    matches!(account.failed_step, Some(Step::SendConfirmation(_)))
}

fn within_resend_limit(account: &Account, at: DateTime<Utc>) -> Result<(), Rejection> {
    let issued = account.confirmations.iter().filter_map(|c| c.token.as_ref()).map(|t| t.issued_at);
    let last = account.resends.iter().copied().chain(issued).max();
    let gap_ends = last.map(|last| last + RESEND_GAP);
    let recent = account.resends.iter().rev().take(RESENDS_PER_WINDOW);
    let window_ends =
        (recent.len() == RESENDS_PER_WINDOW).then(|| recent.min().map(|first| *first + RESEND_WINDOW));
    match gap_ends.max(window_ends.flatten()) {
        Some(free) if free > at => Err(Rejection::ResendLimit { retry_after_seconds: seconds_up(free - at) }),
        Some(_) | None => Ok(()),
    }
}

/// Whole seconds, rounded up: who waits as long as told is let in.
fn seconds_up(wait: TimeDelta) -> i64 {
    (wait.num_milliseconds() + 999) / 1000
}

/// The worker's claim: from here on the link may be out, so a deactivation knows to revoke it.
fn issue(
    user: &User,
    step: &Step,
    epoch: Epoch,
    (token_hash, issued_at, expires_at): (TokenHash, DateTime<Utc>, DateTime<Utc>),
) -> Decision<UserEvent> {
    let Step::SendConfirmation(number) = step else {
        return Err(Rejection::StepNotPending);
    };
    if standing(user, step, epoch) != Standing::Pending {
        return Err(Rejection::StepNotPending);
    }
    let account = known(user)?;
    match account.confirmation(*number).map(|c| c.state) {
        Some(ConfirmationState::Requested) => Ok(vec![UserEvent::ConfirmationIssued {
            confirmation: *number,
            email_version: account.email_version,
            token_hash,
            issued_at,
            expires_at,
        }]),
        // A worker died after its claim: the next one sends the identical link.
        Some(_) => Ok(vec![]),
        None => Err(Rejection::StepNotPending),
    }
}

fn record(user: &User, step: &Step, epoch: Epoch, outcome: &StepOutcome) -> Decision<UserEvent> {
    let account = known(user)?;
    match standing(user, step, epoch) {
        // It failed for good, and now somebody says that it did not: too late.
        Standing::Done if account.failed_step.as_ref() == Some(step) && is_success(outcome) => {
            Ok(vec![ignored(step, epoch, outcome)])
        }
        Standing::Done => Ok(vec![]),
        Standing::Late => Ok(vec![ignored(step, epoch, outcome)]),
        Standing::Pending => Ok(match outcome {
            StepOutcome::Succeeded { message_id } => succeeded(account, step, message_id.as_deref()),
            StepOutcome::Retryable { error } => failed_try(account, step, error),
            StepOutcome::Permanent { error } => failed_for_good(step, error),
        }),
    }
}

fn is_success(outcome: &StepOutcome) -> bool {
    matches!(outcome, StepOutcome::Succeeded { .. })
}

fn ignored(step: &Step, epoch: Epoch, outcome: &StepOutcome) -> UserEvent {
    UserEvent::StepResultIgnored { step: step.clone(), epoch, outcome: outcome.kind() }
}

fn succeeded(account: &Account, step: &Step, message_id: Option<&str>) -> Vec<UserEvent> {
    let succeeded = UserEvent::StepSucceeded { step: step.clone() };
    match step {
        Step::LinkRole(role) => {
            let linked = UserEvent::RoleLinked { role: role.clone() };
            [succeeded, linked].into_iter().chain(after_last_link(account, step)).collect()
        }
        Step::SendConfirmation(number) => {
            let message_id = message_id.map(Into::into);
            let sent = UserEvent::ConfirmationSent { confirmation: *number, message_id };
            [succeeded, sent].into_iter().chain(provisioned(account)).collect()
        }
    }
}

/// The mail's turn comes with the last link.
fn after_last_link(account: &Account, linked: &Step) -> Option<UserEvent> {
    let last = missing_links(account).iter().all(|missing| missing == linked);
    let step = Step::SendConfirmation(account.next_confirmation());
    last.then_some(UserEvent::StepRequested { step, epoch: account.epoch })
}

fn provisioned(account: &Account) -> Option<UserEvent> {
    (account.lifecycle.process != Process::Provisioned).then_some(UserEvent::Provisioned {})
}

fn failed_try(account: &Account, step: &Step, error: &str) -> Vec<UserEvent> {
    let tries = account.tries.get(step).copied().unwrap_or_default() + 1;
    if tries >= MAX_TRIES {
        return failed_for_good(step, error);
    }
    vec![UserEvent::StepFailed { step: step.clone(), error: error.into(), last: false }]
}

fn failed_for_good(step: &Step, error: &str) -> Vec<UserEvent> {
    vec![
        UserEvent::StepFailed { step: step.clone(), error: error.into(), last: true },
        UserEvent::ProvisioningFailed { step: step.clone(), error: error.into() },
    ]
}

fn confirm(user: &User, token_hash: TokenHash, at: DateTime<Utc>) -> Decision<UserEvent> {
    let account = user.account().ok_or(Rejection::ConfirmationUnknown)?;
    let (confirmation, expires_at, email_version) = account
        .confirmations
        .iter()
        .find_map(|c| {
            c.token.as_ref().filter(|t| t.hash == token_hash).map(|t| (c, t.expires_at, t.email_version))
        })
        .ok_or(Rejection::ConfirmationUnknown)?;
    match confirmation.state {
        ConfirmationState::Used => Err(Rejection::ConfirmationUsed),
        ConfirmationState::Revoked => Err(Rejection::ConfirmationRevoked),
        ConfirmationState::Expired => Err(Rejection::ConfirmationExpired),
        _ if at >= expires_at => Err(Rejection::ConfirmationExpired),
        ConfirmationState::Requested | ConfirmationState::Issued | ConfirmationState::Sent => {
            let confirmed = UserEvent::EmailConfirmed { confirmation: confirmation.number, email_version };
            Ok(implied_by_click(account, confirmation).into_iter().chain([confirmed]).collect())
        }
    }
}

/// Who clicks has the mail. When the click beats the send receipt (or a provider's refusal was wrong),
/// it stands in for the receipt.
fn implied_by_click(account: &Account, clicked: &Confirmation) -> Vec<UserEvent> {
    let step = Step::SendConfirmation(clicked.number);
    match clicked.state {
        ConfirmationState::Issued => succeeded(account, &step, None),
        ConfirmationState::Requested
        | ConfirmationState::Sent
        | ConfirmationState::Used
        | ConfirmationState::Revoked
        | ConfirmationState::Expired => vec![],
    }
}

fn expire(account: &Account, number: u32, at: DateTime<Utc>) -> Decision<UserEvent> {
    let is_waiting = account.lifecycle.process == Process::Provisioned
        && account.lifecycle.admin_state == AdminState::Enabled;
    let live = account.live_confirmation().filter(|c| is_waiting && c.number == number);
    let due = live.and_then(|c| c.token.as_ref()).is_some_and(|token| at >= token.expires_at);
    // Timers fire late and twice; only a confirmation that is still waited for expires.
    Ok(if due { vec![UserEvent::ConfirmationExpired { confirmation: number }] } else { vec![] })
}
