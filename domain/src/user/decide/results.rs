use super::{known, process::after_links, profile::drop_change, roles::skip};
use crate::{
    Decision, Epoch, RoleName,
    user::{
        Account, OutcomeKind, Process, Standing, Step, StepOutcome, User, UserEvent, standing,
        steps::missing_links,
    },
};

/// Tries of one step before it fails for good.
pub const MAX_TRIES: u32 = 5;

pub(super) fn record(user: &User, step: &Step, epoch: Epoch, outcome: &StepOutcome) -> Decision<UserEvent> {
    let account = known(user)?;
    match standing(user, step, epoch) {
        // It failed for good, and now somebody says that it did not: too late.
        Standing::Done
            if account.failed_step.as_ref() == Some(step) && outcome.kind() == OutcomeKind::Succeeded =>
        {
            Ok(vec![ignored(step, epoch, outcome)])
        }
        Standing::Done => Ok(vec![]),
        Standing::Late => Ok(vec![ignored(step, epoch, outcome)]),
        Standing::Pending => Ok(match outcome {
            StepOutcome::Succeeded { message_id } => succeeded(account, step, message_id.as_deref()),
            StepOutcome::RoleRetired => retired(account, step),
            StepOutcome::Retryable { error } => failed_try(account, step, error),
            StepOutcome::Permanent { error } => failed_for_good(account, step, error),
        }),
    }
}

fn ignored(step: &Step, epoch: Epoch, outcome: &StepOutcome) -> UserEvent {
    UserEvent::StepResultIgnored { step: step.clone(), epoch, outcome: outcome.kind() }
}

pub(super) fn succeeded(account: &Account, step: &Step, message_id: Option<&str>) -> Vec<UserEvent> {
    let succeeded = UserEvent::StepSucceeded { step: step.clone() };
    let then = match step {
        Step::LinkRole(role) => linked(account, step, role),
        Step::SendConfirmation(number) => {
            let message_id = message_id.map(Into::into);
            let sent = UserEvent::ConfirmationSent { confirmation: *number, message_id };
            [sent].into_iter().chain(provisioned(account)).collect()
        }
        Step::NotifyEmailChange(_) => vec![],
    };
    [succeeded].into_iter().chain(then).collect()
}

fn linked(account: &Account, step: &Step, role: &RoleName) -> Vec<UserEvent> {
    let is_last = missing_links(account).iter().all(|missing| missing == step);
    let then = if is_last { after_links(account) } else { vec![] };
    [UserEvent::RoleLinked { role: role.clone() }].into_iter().chain(then).collect()
}

fn provisioned(account: &Account) -> Option<UserEvent> {
    match account.lifecycle.process {
        // A mail that was sent again, or to a new address of someone who has a confirmed one.
        Process::Provisioned | Process::Confirmed => None,
        Process::Accepted
        | Process::Linking
        | Process::Mailing
        | Process::Failed
        | Process::Stopped
        | Process::Expired => Some(UserEvent::Provisioned {}),
    }
}

fn retired(account: &Account, step: &Step) -> Vec<UserEvent> {
    match step {
        Step::LinkRole(role) => skip(account, role),
        // No mail has a role.
        Step::SendConfirmation(_) | Step::NotifyEmailChange(_) => vec![],
    }
}

fn failed_try(account: &Account, step: &Step, error: &str) -> Vec<UserEvent> {
    let tries = account.tries.get(step).copied().unwrap_or_default() + 1;
    if tries >= MAX_TRIES {
        return failed_for_good(account, step, error);
    }
    vec![UserEvent::StepFailed { step: step.clone(), error: error.into(), last: false }]
}

fn failed_for_good(account: &Account, step: &Step, error: &str) -> Vec<UserEvent> {
    let failed = UserEvent::StepFailed { step: step.clone(), error: error.into(), last: true };
    [failed].into_iter().chain(without(account, step, error)).collect()
}

/// What it means that a step will not be done.
pub(super) fn without(account: &Account, step: &Step, error: &str) -> Vec<UserEvent> {
    match (step, account.lifecycle.process) {
        (Step::NotifyEmailChange(_), _) => vec![],
        // Who has a confirmed address keeps it.
        (Step::SendConfirmation(_), Process::Confirmed) => drop_change(account),
        (Step::SendConfirmation(_) | Step::LinkRole(_), _) => {
            vec![UserEvent::ProvisioningFailed { step: step.clone(), error: error.into() }]
        }
    }
}
