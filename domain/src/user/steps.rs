use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{Account, AdminState, ConfirmationState, Link, NoticeState, Process, User};
use crate::{EmailVersion, Epoch, RoleName};

/// One piece of provisioning work. Written `link_role:{role}`, `send_confirmation:{number}` or
/// `notify_email_change:{version}`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Step {
    LinkRole(RoleName),
    /// Sends the user's confirmation of this number; every new mail is a new step.
    SendConfirmation(u32),
    /// Tells the confirmed address that it is to be replaced by the one of this version.
    NotifyEmailChange(EmailVersion),
}

/// What is to be done next; the whole process manager. Empty while the user is shut off.
#[must_use]
pub fn pending_steps(user: &User) -> Vec<Step> {
    match user.account() {
        Some(account) if account.lifecycle.admin_state == AdminState::Enabled => pending(account),
        Some(_) | None => Vec::new(),
    }
}

fn pending(account: &Account) -> Vec<Step> {
    match account.lifecycle.process {
        Process::Accepted | Process::Linking => missing_links(account),
        // A provisioned user has a mail to send when a resend was asked for, a confirmed one when their
        // address is to change.
        Process::Mailing | Process::Provisioned | Process::Confirmed => {
            unsent_confirmation(account).into_iter().chain(unsent_notices(account)).collect()
        }
        Process::Failed | Process::Stopped | Process::Expired => Vec::new(),
    }
}

pub(super) fn missing_links(account: &Account) -> Vec<Step> {
    let wanted = account.links.iter().filter(|(_, link)| !link.is_linked());
    wanted.map(|(role, _)| Step::LinkRole(role.clone())).collect()
}

pub(super) fn unsent_confirmation(account: &Account) -> Option<Step> {
    let last = account.confirmations.last()?;
    match last.state {
        ConfirmationState::Requested | ConfirmationState::Issued => Some(Step::SendConfirmation(last.number)),
        ConfirmationState::Sent
        | ConfirmationState::Used
        | ConfirmationState::Revoked
        | ConfirmationState::Expired => None,
    }
}

pub(super) fn unsent_notices(account: &Account) -> impl Iterator<Item = Step> {
    let unsent = account.notices.iter().filter(|notice| notice.state != NoticeState::Ended);
    unsent.map(|notice| Step::NotifyEmailChange(notice.email_version))
}

/// What a worker's step is worth at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// To be done.
    Pending,
    /// Done, and its result is recorded: a repeated delivery.
    Done,
    /// Stopped or superseded. Whatever comes of it changes nothing.
    Late,
}

/// Tells where a step of an epoch stands.
#[must_use]
pub fn standing(user: &User, step: &Step, epoch: Epoch) -> Standing {
    match user {
        User::Unknown => Standing::Late,
        User::Known(account) if account.epoch != epoch => Standing::Late,
        User::Known(_) if pending_steps(user).contains(step) => Standing::Pending,
        User::Known(account) if is_done(account, step) => Standing::Done,
        User::Known(_) => Standing::Late,
    }
}

fn is_done(account: &Account, step: &Step) -> bool {
    let succeeded = match step {
        Step::LinkRole(role) => account.links.get(role).is_some_and(Link::is_linked),
        Step::SendConfirmation(number) => account
            .confirmation(*number)
            .is_some_and(|c| matches!(c.state, ConfirmationState::Sent | ConfirmationState::Used)),
        Step::NotifyEmailChange(version) => {
            account.notice(*version).is_some_and(|notice| notice.state == NoticeState::Ended)
        }
    };
    succeeded || account.failed_step.as_ref() == Some(step)
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LinkRole(role) => write!(f, "link_role:{role}"),
            Self::SendConfirmation(number) => write!(f, "send_confirmation:{number}"),
            Self::NotifyEmailChange(version) => write!(f, "notify_email_change:{version}"),
        }
    }
}

impl From<Step> for String {
    fn from(step: Step) -> Self {
        step.to_string()
    }
}

/// A text that names no step.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not a step; steps are link_role:{{role}}, send_confirmation:{{number}}, notify_email_change:{{version}}"
)]
pub struct UnknownStep(String);

impl FromStr for Step {
    type Err = UnknownStep;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = || UnknownStep(text.into());
        match text.split_once(':') {
            Some(("link_role", role)) => RoleName::parse(role).map(Self::LinkRole).map_err(|_| unknown()),
            Some(("send_confirmation", number)) => {
                number.parse().map(Self::SendConfirmation).map_err(|_| unknown())
            }
            Some(("notify_email_change", version)) => {
                version.parse().map(Self::NotifyEmailChange).map_err(|_| unknown())
            }
            _ => Err(unknown()),
        }
    }
}

impl TryFrom<String> for Step {
    type Error = UnknownStep;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}
