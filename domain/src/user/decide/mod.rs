//! The rulings: what each command does in each situation.

mod administration;
mod confirmation;
mod creation;
mod mail;
mod process;
mod profile;
mod results;
mod roles;

use super::{Account, User, UserCommand, UserEvent};
use crate::{
    Actor, Decision, Instruction, Rejection,
    policy::{may_give, permit},
};

pub use confirmation::MAX_BAD_TRIES;
pub use creation::MAX_ROLES;
pub use process::PROCESS_DEADLINE;
pub use results::MAX_TRIES;

/// What `instruction` does to `user`.
///
/// # Errors
/// The [`Rejection`] that says why it may not.
pub fn decide(user: &User, instruction: &Instruction<UserCommand>) -> Decision<UserEvent> {
    let (by, at, command) = (&instruction.by, instruction.at, &instruction.command);
    permit(by, command.action())?;
    if command.is_for_others_only() && instruction.is_about_its_caller() {
        return Err(Rejection::SelfChange);
    }
    match command {
        UserCommand::Create(new) => creation::create(user, new, by, at),
        UserCommand::ChangeProfile { user_name, display_name } => {
            profile::change_profile(here(user)?, user_name.as_ref(), display_name.as_ref())
        }
        UserCommand::ChangeEmail { email } => profile::change_email(here(user)?, email, by, at),
        UserCommand::ChangeRoles(change) => roles::change(here(user)?, change, by),
        UserCommand::ScheduleExpiry { expires_at } => {
            administration::schedule_expiry(here(user)?, *expires_at, by, at)
        }
        UserCommand::Deactivate { reason } => administration::deactivate(here(user)?, *reason),
        UserCommand::Reactivate => administration::reactivate(here(user)?, by, at),
        UserCommand::Delete => administration::delete(here(user)?, at),
        UserCommand::Restore => administration::restore(known(user)?, by, at),
        UserCommand::ResendConfirmation => process::resend(here(user)?, at),
        UserCommand::RetryProvisioning => process::retry(here(user)?, at),
        UserCommand::CancelProvisioning => process::cancel(here(user)?),
        UserCommand::IssueConfirmation { step, epoch, token_hash, expires_at } => {
            mail::issue_confirmation(user, step, *epoch, (*token_hash, at, *expires_at))
        }
        UserCommand::IssueNotice { step, epoch } => mail::issue_notice(user, step, *epoch, at),
        UserCommand::RecordStepResult { step, epoch, outcome } => {
            results::record(user, step, *epoch, outcome)
        }
        UserCommand::FlagEmail { confirmation, flag } => mail::flag(known(user)?, *confirmation, *flag),
        UserCommand::ConfirmEmail { confirmation, token_hash } => {
            confirmation::confirm(user, *confirmation, *token_hash, at)
        }
        UserCommand::ExpireConfirmation { confirmation } => {
            confirmation::expire(known(user)?, *confirmation, at)
        }
        UserCommand::TimeOutProvisioning => process::time_out(user, at),
        UserCommand::ExpireUser => administration::expire(known(user)?, at),
        UserCommand::DropRetiredRole { role } => roles::drop_retired(known(user)?, role),
    }
}

fn known(user: &User) -> Result<&Account, Rejection> {
    user.account().ok_or(Rejection::UserUnknown)
}

/// Who was deleted is not there, except for who restores them.
fn here(user: &User) -> Result<&Account, Rejection> {
    known(user)
        .and_then(|account| if account.is_deleted() { Err(Rejection::UserUnknown) } else { Ok(account) })
}

/// Whoever says where somebody's mail goes, or lets them in, gives them what they have: all of their roles.
fn not_beyond(account: &Account, by: &Actor) -> Result<(), Rejection> {
    match account.links.iter().find(|(_, link)| !may_give(by, &link.powers)) {
        Some((role, _)) => Err(Rejection::RoleNotYours(role.clone())),
        None => Ok(()),
    }
}

fn revoke(account: &Account) -> Option<UserEvent> {
    account.live_confirmation().map(|live| UserEvent::ConfirmationRevoked { confirmation: live.number })
}
