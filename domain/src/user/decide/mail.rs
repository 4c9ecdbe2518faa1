use chrono::{DateTime, Utc};

use super::{known, results::without, revoke};
use crate::{
    Decision, Epoch, Rejection, TokenHash,
    user::{
        Account, AdminState, ConfirmationState, MailFlag, NoticeState, Process, Standing, Step, User,
        UserEvent, standing,
    },
};

/// The worker's claim: from here on the link may be out, so a deactivation knows to revoke it.
pub(super) fn issue_confirmation(
    user: &User,
    step: &Step,
    epoch: Epoch,
    (token_hash, issued_at, expires_at): (TokenHash, DateTime<Utc>, DateTime<Utc>),
) -> Decision<UserEvent> {
    let Step::SendConfirmation(number) = step else {
        return Err(Rejection::StepNotPending);
    };
    let account = pending(user, step, epoch)?;
    match account.confirmation(*number).map(|c| c.state) {
        Some(ConfirmationState::Requested) => Ok(vec![UserEvent::ConfirmationIssued {
            confirmation: *number,
            email_version: account.email_to_confirm().1,
            token_hash,
            issued_at,
            expires_at,
        }]),
        // A worker died after its claim: the next one sends the identical link.
        Some(_) => Ok(vec![]),
        None => Err(Rejection::StepNotPending),
    }
}

/// The same claim for the mail to the old address.
pub(super) fn issue_notice(user: &User, step: &Step, epoch: Epoch, at: DateTime<Utc>) -> Decision<UserEvent> {
    let Step::NotifyEmailChange(email_version) = *step else {
        return Err(Rejection::StepNotPending);
    };
    match pending(user, step, epoch)?.notice(email_version).map(|notice| notice.state) {
        Some(NoticeState::Requested) => Ok(vec![UserEvent::NoticeIssued { email_version, at }]),
        Some(NoticeState::Issued { .. } | NoticeState::Ended) => Ok(vec![]),
        None => Err(Rejection::StepNotPending),
    }
}

fn pending<'a>(user: &'a User, step: &Step, epoch: Epoch) -> Result<&'a Account, Rejection> {
    match standing(user, step, epoch) {
        Standing::Pending => known(user),
        Standing::Done | Standing::Late => Err(Rejection::StepNotPending),
    }
}

/// A mail that the provider had taken did not arrive, or was not wanted.
pub(super) fn flag(account: &Account, number: u32, flag: MailFlag) -> Decision<UserEvent> {
    let Some(confirmation) = account.confirmation(number) else {
        return Ok(vec![]);
    };
    // Providers repeat themselves.
    let Some(token) = confirmation.token.as_ref().filter(|_| !confirmation.flags.contains(&flag)) else {
        return Ok(vec![]);
    };
    let flagged = UserEvent::EmailFlagged { confirmation: number, email_version: token.email_version, flag };
    let is_waited_for = confirmation.state.is_live() && account.lifecycle.admin_state == AdminState::Enabled;
    let then = match flag {
        MailFlag::Bounce if is_waited_for => bounced(account, number),
        MailFlag::Bounce | MailFlag::Complaint => vec![],
    };
    Ok([flagged].into_iter().chain(then).collect())
}

fn bounced(account: &Account, number: u32) -> Vec<UserEvent> {
    let step = Step::SendConfirmation(number);
    match account.lifecycle.process {
        // Dropping the change revokes its link.
        Process::Confirmed => without(account, &step, BOUNCED),
        Process::Mailing | Process::Provisioned => {
            revoke(account).into_iter().chain(without(account, &step, BOUNCED)).collect()
        }
        // It has failed already; that link is of no use any more, either.
        Process::Failed => revoke(account).into_iter().collect(),
        Process::Accepted | Process::Linking | Process::Stopped | Process::Expired => vec![],
    }
}

const BOUNCED: &str = "mail-bounced";
