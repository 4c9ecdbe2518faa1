//! What each event makes of the state.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::{
    Account, Confirmation, ConfirmationState, Lifecycle, Link, LinkState, Notice, NoticeState, PendingEmail,
    Personal, Process, Step, Token, UnlinkReason, User, UserEvent,
};
use crate::{Email, EmailVersion, Epoch, RoleName, role::PlannedRole};

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
}

impl Account {
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
}

fn wanted(PlannedRole { role, powers }: PlannedRole) -> (RoleName, Link) {
    (role, Link { powers, state: LinkState::Wanted })
}
