use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Lifecycle, Personal, Step, UserEvent};
use crate::{EmailVersion, Epoch, RoleName, TokenHash};

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
    pub const STATE_VERSION: u32 = 1;
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Account {
    pub personal: Personal,
    pub email_version: EmailVersion,
    pub lifecycle: Lifecycle,
    pub epoch: Epoch,
    /// Counts the runs of the provisioning process.
    pub attempt: u32,
    pub links: BTreeMap<RoleName, Link>,
    /// Oldest first; at most the last can be live.
    pub confirmations: Vec<Confirmation>,
    /// When confirmations were asked for again, oldest first.
    pub resends: Vec<DateTime<Utc>>,
    /// Failed tries of the steps of this attempt.
    pub tries: BTreeMap<Step, u32>,
    /// The step that failed for good, while the process stands at failed.
    pub failed_step: Option<Step>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Link {
    Wanted,
    Linked,
}

/// One confirmation mail and the link in it. Numbers count from 1 and are never reused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Confirmation {
    pub number: u32,
    pub state: ConfirmationState,
    /// Known once the confirmation is issued.
    pub token: Option<Token>,
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
}

impl Account {
    fn new(personal: Personal, roles: Vec<RoleName>) -> Self {
        Self {
            personal,
            email_version: 1,
            lifecycle: Lifecycle::default(),
            epoch: Epoch::FIRST,
            attempt: 1,
            links: roles.into_iter().map(|role| (role, Link::Wanted)).collect(),
            confirmations: Vec::new(),
            resends: Vec::new(),
            tries: BTreeMap::new(),
            failed_step: None,
        }
    }

    fn remember(&mut self, event: UserEvent) {
        self.lifecycle.apply(&event);
        match event {
            UserEvent::ProvisioningStarted { attempt, epoch, steps } => self.started(attempt, epoch, &steps),
            UserEvent::StepRequested { step, .. } => self.requested(&step),
            UserEvent::StepFailed { step, .. } => *self.tries.entry(step).or_default() += 1,
            UserEvent::ProvisioningFailed { step, .. } => self.failed_step = Some(step),
            UserEvent::RoleLinked { role } => drop(self.links.insert(role, Link::Linked)),
            UserEvent::Deactivated { epoch, .. } | UserEvent::Reactivated { epoch } => self.epoch = epoch,
            UserEvent::ConfirmationIssued {
                confirmation,
                email_version,
                token_hash,
                issued_at,
                expires_at,
            } => {
                let token = Token { hash: token_hash, email_version, issued_at, expires_at };
                self.issued(confirmation, token);
            }
            UserEvent::ConfirmationSent { confirmation, .. } => {
                self.turn(confirmation, ConfirmationState::Sent);
            }
            UserEvent::EmailConfirmed { confirmation, .. } => {
                self.turn(confirmation, ConfirmationState::Used);
            }
            UserEvent::ConfirmationRevoked { confirmation } => {
                self.turn(confirmation, ConfirmationState::Revoked);
            }
            UserEvent::ConfirmationExpired { confirmation } => {
                self.turn(confirmation, ConfirmationState::Expired);
            }
            UserEvent::ResendRequested { at } => self.resends.push(at),
            // A second creation cannot be decided; what the others mean is the lifecycle's.
            UserEvent::Created { .. }
            | UserEvent::Provisioned {}
            | UserEvent::StepSucceeded { .. }
            | UserEvent::StepResultIgnored { .. }
            | UserEvent::ProvisioningStopped { .. } => {}
        }
    }

    fn started(&mut self, attempt: u32, epoch: Epoch, steps: &[Step]) {
        self.attempt = attempt;
        self.epoch = epoch;
        self.tries.clear();
        self.failed_step = None;
        steps.iter().for_each(|step| self.requested(step));
    }

    fn requested(&mut self, step: &Step) {
        self.failed_step = None;
        if let Step::SendConfirmation(number) = step {
            let state = ConfirmationState::Requested;
            self.confirmations.push(Confirmation { number: *number, state, token: None });
        }
    }

    fn issued(&mut self, number: u32, token: Token) {
        if let Some(confirmation) = self.confirmations.iter_mut().find(|c| c.number == number) {
            confirmation.state = ConfirmationState::Issued;
            confirmation.token = Some(token);
        }
    }

    fn turn(&mut self, number: u32, state: ConfirmationState) {
        if let Some(confirmation) = self.confirmations.iter_mut().find(|c| c.number == number) {
            confirmation.state = state;
        }
    }

    #[must_use]
    pub fn confirmation(&self, number: u32) -> Option<&Confirmation> {
        self.confirmations.iter().find(|c| c.number == number)
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
