use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{AdminState, Lifecycle, MailFlag, Personal, Status, Step};
use crate::{CallerRole, Email, EmailVersion, Epoch, RoleName, TokenHash, role::Powers};

/// A user as the rules see it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum User {
    /// No event yet.
    #[default]
    Unknown,
    Known(Box<Account>),
}

impl User {
    /// Snapshots hold a state of this version. It is raised whenever the state's JSON form changes, or the
    /// same events lead to another state; a test says so.
    pub const STATE_VERSION: u32 = 2;
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Account {
    pub personal: Personal,
    pub email_version: EmailVersion,
    /// Whether the address was confirmed. It stays so while the user is shut off.
    pub email_verified: bool,
    /// What a confirmed address is to be replaced by.
    pub pending_email: Option<PendingEmail>,
    /// The highest version that an address of this user ever had.
    pub last_email_version: EmailVersion,
    pub lifecycle: Lifecycle,
    pub epoch: Epoch,
    /// Counts the runs of the provisioning process.
    pub attempt: u32,
    /// Since when provisioning has been running, the last time that it was set going.
    pub running_since: Option<DateTime<Utc>>,
    /// The roles that the user is to have.
    pub links: BTreeMap<RoleName, Link>,
    /// Oldest first, the newest twenty; at most the last can be live.
    pub confirmations: Vec<Confirmation>,
    /// What old addresses are to be told, oldest first. Those that were told stay until the next change.
    pub notices: Vec<Notice>,
    /// When mails were asked for again, by a resend or for another address, oldest first; as many as the limit
    /// is about.
    pub resends: Vec<DateTime<Utc>>,
    /// Failed tries of the steps that are still open.
    pub tries: BTreeMap<Step, u32>,
    /// The step that failed for good, while the process stands at failed.
    pub failed_step: Option<Step>,
    /// When the user is shut off. Stays when that time is over: it takes a later one to let them in again.
    pub expires_at: Option<DateTime<Utc>>,
    pub deleted_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PendingEmail {
    pub email: Email,
    pub version: EmailVersion,
}

/// A role that the user is to have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    pub powers: Powers,
    pub state: LinkState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LinkState {
    Wanted,
    /// In this attempt, as the link of this place in it, from 0.
    Linked {
        attempt: u32,
        place: u32,
    },
}

/// One confirmation mail and the link in it. Numbers count from 1 and are never reused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Confirmation {
    pub number: u32,
    pub state: ConfirmationState,
    /// Known once the confirmation is issued.
    pub token: Option<Token>,
    /// How often somebody tried a token that is not the one.
    pub bad_tries: u32,
    /// What the mail provider said of the mail.
    pub flags: BTreeSet<MailFlag>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ConfirmationState {
    /// Its mail is to be sent.
    Requested,
    /// A worker is sending it; the link works from here on.
    Issued,
    /// The provider took it.
    Sent,
    Used,
    Revoked,
    Expired,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Token {
    pub hash: TokenHash,
    pub email_version: EmailVersion,
    pub issued_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

/// The mail to the old address that tells of a change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Notice {
    pub to: Email,
    /// The new address, and its version.
    pub new: Email,
    pub email_version: EmailVersion,
    pub state: NoticeState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NoticeState {
    Requested,
    /// A worker is sending it.
    Issued {
        at: DateTime<Utc>,
    },
    /// Sent, or given up.
    Ended,
}

impl User {
    #[must_use]
    pub fn account(&self) -> Option<&Account> {
        match self {
            Self::Unknown => None,
            Self::Known(account) => Some(account),
        }
    }

    /// Whether the user is one of the tenant's owners now: active, and linked to a role that makes one.
    #[must_use]
    pub fn is_effective_owner(&self) -> bool {
        self.account().is_some_and(|account| account.caller_roles().contains(&CallerRole::Owner))
    }
}

impl Account {
    /// So many resends are remembered, because so many are allowed in a day.
    pub(super) const RESENDS_REMEMBERED: usize = 5;
    #[must_use]
    pub fn confirmation(&self, number: u32) -> Option<&Confirmation> {
        self.confirmations.iter().find(|c| c.number == number)
    }

    /// The mail that tells an old address of the change to the address of this version.
    #[must_use]
    pub fn notice(&self, of: EmailVersion) -> Option<&Notice> {
        self.notices.iter().find(|notice| notice.email_version == of)
    }

    /// The confirmation whose link works, or will once it is sent.
    #[must_use]
    pub fn live_confirmation(&self) -> Option<&Confirmation> {
        self.confirmations.last().filter(|c| c.state.is_live())
    }

    /// The number that the next confirmation gets.
    #[must_use]
    pub fn next_confirmation(&self) -> u32 {
        self.confirmations.last().map_or(1, |last| last.number + 1)
    }

    /// The address that confirmations go to, and its version.
    #[must_use]
    pub fn email_to_confirm(&self) -> (&Email, EmailVersion) {
        let pending = self.pending_email.as_ref().map(|pending| (&pending.email, pending.version));
        pending.unwrap_or((&self.personal.email, self.email_version))
    }

    /// Whether the user can sign in.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.lifecycle.status() == Status::Active
    }

    #[must_use]
    pub fn is_deleted(&self) -> bool {
        self.lifecycle.admin_state == AdminState::Deleted
    }

    /// What the user is to the tenant as a caller: what their roles grant while they are active.
    #[must_use]
    pub fn caller_roles(&self) -> BTreeSet<CallerRole> {
        if !self.is_active() {
            return BTreeSet::new();
        }
        let linked = self.links.values().filter(|link| link.is_linked());
        linked.flat_map(|link| link.powers.grants.iter().copied()).collect()
    }
}

impl Link {
    #[must_use]
    pub fn is_linked(&self) -> bool {
        self.place().is_some()
    }

    pub(super) fn place(&self) -> Option<u32> {
        match self.state {
            LinkState::Wanted => None,
            LinkState::Linked { place, .. } => Some(place),
        }
    }
}

impl ConfirmationState {
    #[must_use]
    pub fn is_live(self) -> bool {
        match self {
            Self::Requested | Self::Issued | Self::Sent => true,
            Self::Used | Self::Revoked | Self::Expired => false,
        }
    }
}
