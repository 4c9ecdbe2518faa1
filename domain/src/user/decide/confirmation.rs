use chrono::{DateTime, Utc};

use super::{process::attempt, profile::dropped_change, results::succeeded};
use crate::{
    Decision, Rejection, TokenHash,
    user::{
        Account, AdminState, Confirmation, ConfirmationState, Process, Step, Token, User, UserEvent,
        steps::missing_links,
    },
};

/// So many tokens that are not the one, and the one is dead.
pub const MAX_BAD_TRIES: u32 = 10;

/// A token that is not the one is counted, if there is one to guess. The caller is told the same as of a user
/// who does not exist.
pub(super) fn confirm(user: &User, number: u32, hash: TokenHash, at: DateTime<Utc>) -> Decision<UserEvent> {
    let account = user.account().filter(|account| !account.is_deleted());
    let (account, confirmation, token) = account
        .and_then(|account| {
            let confirmation = account.confirmation(number)?;
            Some((account, confirmation, confirmation.token.as_ref()?))
        })
        .ok_or(Rejection::ConfirmationUnknown)?;
    if token.hash != hash {
        return bad_try(account, confirmation, token, at);
    }
    match confirmation.state {
        ConfirmationState::Used => Err(Rejection::ConfirmationUsed),
        ConfirmationState::Revoked => Err(Rejection::ConfirmationRevoked),
        ConfirmationState::Expired => Err(Rejection::ConfirmationExpired),
        _ if at >= token.expires_at => Err(Rejection::ConfirmationExpired),
        // Nobody becomes active after their last day, also when the watchdog is late.
        _ if !account.is_active() && account.expires_at.is_some_and(|last| at >= last) => {
            Err(Rejection::ConfirmationExpired)
        }
        ConfirmationState::Requested | ConfirmationState::Issued | ConfirmationState::Sent => {
            Ok(good_token(account, confirmation, token, at))
        }
    }
}

fn good_token(account: &Account, clicked: &Confirmation, token: &Token, at: DateTime<Utc>) -> Vec<UserEvent> {
    let confirmed =
        UserEvent::EmailConfirmed { confirmation: clicked.number, email_version: token.email_version };
    // Roles that were added after the failure are missing: provisioning goes on with them, without a mail.
    if account.lifecycle.process == Process::Failed && !missing_links(account).is_empty() {
        let resumed = attempt(account, account.epoch.next(), true, at);
        return [confirmed].into_iter().chain(resumed).collect();
    }
    implied_by_click(account, clicked).into_iter().chain([confirmed]).collect()
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

fn bad_try(account: &Account, tried: &Confirmation, token: &Token, at: DateTime<Utc>) -> Decision<UserEvent> {
    if !tried.state.is_live() || at >= token.expires_at {
        return Err(Rejection::ConfirmationUnknown);
    }
    let mut events = vec![UserEvent::ConfirmationAttemptFailed { confirmation: tried.number }];
    if tried.bad_tries + 1 >= MAX_BAD_TRIES {
        events.push(UserEvent::ConfirmationBurned { confirmation: tried.number });
        // The link of a change is dead, and with it the change: the address must not be held for ever.
        events.extend(dropped_change(account));
    }
    Ok(events)
}

/// Timers fire late and twice; only a confirmation that is still waited for expires.
pub(super) fn expire(account: &Account, number: u32, at: DateTime<Utc>) -> Decision<UserEvent> {
    let is_waited_for = match account.lifecycle.process {
        Process::Provisioned => true,
        Process::Confirmed => account.pending_email.is_some(),
        Process::Accepted
        | Process::Linking
        | Process::Mailing
        | Process::Failed
        | Process::Stopped
        | Process::Expired => false,
    };
    let is_waited_for = is_waited_for && account.lifecycle.admin_state == AdminState::Enabled;
    let live = account.live_confirmation().filter(|c| is_waited_for && c.number == number);
    if live.and_then(|c| c.token.as_ref()).is_none_or(|token| at < token.expires_at) {
        return Ok(vec![]);
    }
    let expired = UserEvent::ConfirmationExpired { confirmation: number };
    Ok([expired].into_iter().chain(dropped_change(account)).collect())
}
