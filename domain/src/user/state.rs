use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{AdminState, Lifecycle, MailFlag, Personal, Process, Status, Step, UnlinkReason, UserEvent};
use crate::{
    CallerRole, Email, EmailVersion, Epoch, RoleName, TokenHash,
    role::{PlannedRole, Powers},
};

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
    /// Remembers an event. Cannot fail and does not judge; an event before the creation is dropped.
    pub(super) fn remember(&mut self, event: UserEvent) {
        match (&mut *self, event) {
            (Self::Unknown, UserEvent::Created { personal, roles }) => {
                *self = Self::Known(Box::new(Account::new(personal, roles)));
            }
            (Self::Unknown, _) => {}
            (Self::Known(account), event) => account.remember(event),
        }
    }

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
    /// So many links can still say what became of them; older ones are unknown.
    const CONFIRMATIONS_REMEMBERED: usize = 20;

    fn new(personal: Personal, roles: Vec<PlannedRole>) -> Self {
        Self {
            personal,
            email_version: 1,
            email_verified: false,
            pending_email: None,
            last_email_version: 1,
            lifecycle: Lifecycle::default(),
            epoch: Epoch::FIRST,
            attempt: 1,
            running_since: None,
            links: roles.into_iter().map(wanted).collect(),
            confirmations: Vec::new(),
            notices: Vec::new(),
            resends: Vec::new(),
            tries: BTreeMap::new(),
            failed_step: None,
            expires_at: None,
            deleted_at: None,
        }
    }

    fn remember(&mut self, event: UserEvent) {
        self.lifecycle.apply(&event);
        if self.lifecycle.process != Process::Failed {
            self.failed_step = None;
        }
        match event {
            UserEvent::ProvisioningStarted { attempt, epoch, steps, at } => {
                self.started(attempt, epoch, &steps, at);
            }
            UserEvent::StepRequested { step, .. } => self.requested(&step),
            UserEvent::StepSucceeded { step } => {
                self.notified(&step);
                self.tries.remove(&step);
            }
            UserEvent::StepFailed { step, last, .. } => self.failed(step, last),
            UserEvent::ProvisioningFailed { step, .. } => self.failed_step = Some(step),
            UserEvent::RolesChanged { added, removed } => {
                self.links.retain(|role, _| !removed.contains(role));
                self.links.extend(added.into_iter().map(wanted));
            }
            UserEvent::RoleLinked { role } => self.linked(&role),
            UserEvent::RoleUnlinked { role, reason } => self.unlinked(&role, reason),
            UserEvent::LinkSkipped { role } => drop(self.links.remove(&role)),
            UserEvent::Reactivated { epoch } | UserEvent::Restored { epoch } => {
                self.epoch = epoch;
                self.deleted_at = None;
            }
            UserEvent::Deactivated { epoch, .. } => self.epoch = epoch,
            UserEvent::Deleted { epoch, at } => {
                self.epoch = epoch;
                self.deleted_at = Some(at);
                self.pending_email = None;
                self.notices.clear();
            }
            UserEvent::ExpiryScheduled { expires_at } => self.expires_at = expires_at,
            UserEvent::ProfileChanged { personal } => {
                self.personal.user_name = personal.user_name;
                self.personal.display_name = personal.display_name;
            }
            UserEvent::EmailChanged { personal, email_version, at } => {
                self.set_email(personal.email, email_version);
                self.email_verified = false;
                self.last_email_version = email_version;
                self.asked_again(at);
            }
            UserEvent::EmailChangeRequested { personal, email_version, at } => {
                let (to, state) = (self.personal.email.clone(), NoticeState::Requested);
                // One mail is enough for an address that was not told yet, and it tells of the last change.
                self.notices.retain(|old| old.state != NoticeState::Ended && old.to != to);
                self.notices.push(Notice { to, new: personal.email.clone(), email_version, state });
                self.pending_email = Some(PendingEmail { email: personal.email, version: email_version });
                self.last_email_version = email_version;
                self.asked_again(at);
            }
            UserEvent::EmailChangeDropped { .. } => self.pending_email = None,
            UserEvent::EmailFlagged { confirmation, flag, .. } => {
                self.with_confirmation(confirmation, |c| c.flags.extend([flag]));
            }
            UserEvent::EmailConfirmed { confirmation, email_version } => {
                self.turn(confirmation, ConfirmationState::Used);
                self.email_verified = true;
                if let Some(new) = self.pending_email.take_if(|new| new.version == email_version) {
                    self.set_email(new.email, new.version);
                }
            }
            UserEvent::ConfirmationIssued {
                confirmation,
                email_version,
                token_hash,
                issued_at,
                expires_at,
            } => {
                let token = Token { hash: token_hash, email_version, issued_at, expires_at };
                self.with_confirmation(confirmation, |c| {
                    c.state = ConfirmationState::Issued;
                    c.token = Some(token);
                });
            }
            UserEvent::ConfirmationSent { confirmation, .. } => {
                self.turn(confirmation, ConfirmationState::Sent);
            }
            UserEvent::ConfirmationRevoked { confirmation }
            | UserEvent::ConfirmationBurned { confirmation } => {
                self.turn(confirmation, ConfirmationState::Revoked);
            }
            UserEvent::ConfirmationExpired { confirmation } => {
                self.turn(confirmation, ConfirmationState::Expired);
            }
            UserEvent::ConfirmationAttemptFailed { confirmation } => {
                self.with_confirmation(confirmation, |c| c.bad_tries += 1);
            }
            UserEvent::NoticeIssued { email_version, at } => {
                self.turn_notice(email_version, NoticeState::Issued { at });
            }
            UserEvent::ResendRequested { at } => self.asked_again(at),
            // A second creation cannot be decided; what the others mean is the lifecycle's.
            UserEvent::Created { .. }
            | UserEvent::Provisioned {}
            | UserEvent::Activated {}
            | UserEvent::StepResultIgnored { .. }
            | UserEvent::ProvisioningStopped { .. }
            | UserEvent::ProvisioningCompensated { .. } => {}
        }
    }

    fn started(&mut self, attempt: u32, epoch: Epoch, steps: &[Step], at: Option<DateTime<Utc>>) {
        self.attempt = attempt;
        self.epoch = epoch;
        self.running_since = at;
        self.tries.clear();
        steps.iter().for_each(|step| self.requested(step));
    }

    fn requested(&mut self, step: &Step) {
        if let Step::SendConfirmation(number) = step {
            self.confirmations.push(Confirmation {
                number: *number,
                state: ConfirmationState::Requested,
                token: None,
                bad_tries: 0,
                flags: BTreeSet::new(),
            });
            let forgotten = self.confirmations.len().saturating_sub(Self::CONFIRMATIONS_REMEMBERED);
            self.confirmations.drain(..forgotten);
        }
    }

    fn failed(&mut self, step: Step, last: bool) {
        if last {
            self.notified(&step);
            self.tries.remove(&step);
        } else {
            *self.tries.entry(step).or_default() += 1;
        }
    }

    /// A notice has had its turn, sent or not.
    fn notified(&mut self, step: &Step) {
        if let Step::NotifyEmailChange(version) = step {
            self.turn_notice(*version, NoticeState::Ended);
        }
    }

    fn linked(&mut self, role: &RoleName) {
        let (attempt, places) = (self.attempt, self.links.values().filter_map(Link::place));
        let place = places.max().map_or(0, |last| last + 1);
        if let Some(link) = self.links.get_mut(role) {
            link.state = LinkState::Linked { attempt, place };
        }
    }

    fn unlinked(&mut self, role: &RoleName, reason: UnlinkReason) {
        match reason {
            UnlinkReason::Removed | UnlinkReason::Retired => drop(self.links.remove(role)),
            UnlinkReason::Compensated | UnlinkReason::Deleted => {
                if let Some(link) = self.links.get_mut(role) {
                    link.state = LinkState::Wanted;
                }
            }
        }
    }

    fn asked_again(&mut self, at: DateTime<Utc>) {
        self.running_since = Some(at);
        self.resends.push(at);
        let forgotten = self.resends.len().saturating_sub(Self::RESENDS_REMEMBERED);
        self.resends.drain(..forgotten);
    }

    fn set_email(&mut self, email: Email, version: EmailVersion) {
        self.personal.email = email;
        self.email_version = version;
    }

    fn turn(&mut self, number: u32, state: ConfirmationState) {
        self.with_confirmation(number, |confirmation| confirmation.state = state);
    }

    fn turn_notice(&mut self, of: EmailVersion, state: NoticeState) {
        if let Some(notice) = self.notices.iter_mut().find(|notice| notice.email_version == of) {
            notice.state = state;
        }
    }

    fn with_confirmation(&mut self, number: u32, change: impl FnOnce(&mut Confirmation)) {
        if let Some(confirmation) = self.confirmations.iter_mut().find(|c| c.number == number) {
            change(confirmation);
        }
    }

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

fn wanted(PlannedRole { role, powers }: PlannedRole) -> (RoleName, Link) {
    (role, Link { powers, state: LinkState::Wanted })
}

impl Link {
    #[must_use]
    pub fn is_linked(&self) -> bool {
        self.place().is_some()
    }

    fn place(&self) -> Option<u32> {
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
