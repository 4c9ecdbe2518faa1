//! Everything that can happen to a user, from outside or by the system's own machinery.

use std::sync::LazyLock;

use chrono::{DateTime, TimeDelta, Utc};

use super::super::{super::*, grammar::*};
use crate::{Actor, Epoch, Instruction, TokenHash};

/// The roles of these walks; the first makes owners.
pub(super) const ROLES: [&str; 3] = ["admins", "engineer", "oncall"];
pub(super) const OWNERS: Role = 0;

/// The addresses that admins change to: two others, and the first one again.
const ADDRESSES: [&str; 3] = ["alice@new.example.com", "alice@third.example.com", "Alice@Example.com"];

/// Something that happens. Each has an instant of its own, and the instants are not in order: a rule that
/// holds whatever the clocks say holds for clocks that agree, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Trigger {
    /// A worker tells of the link of a role.
    Link(Role, Report),
    /// A worker claims the mail of this number, to send it next.
    ClaimMail(u32),
    Mail(u32, Report),
    ClaimNotice(u32),
    Notice(u32, Report),
    /// A result from before the epoch rose, or a claim: a message that came late, again, or out of order.
    Old(Known, Old),
    Deactivate,
    Reactivate(When),
    Delete,
    Restore(When),
    ChangeProfile(Name),
    ChangeEmail(Address),
    AddRole(Role),
    RemoveRole(Role),
    Resend(When),
    Retry,
    Cancel,
    ScheduleExpiry,
    UnscheduleExpiry,
    ExpireUser(When),
    ExpireConfirmation(u32, When),
    TimeOut(When),
    DropRetired(Role),
    /// Somebody follows the link in the mail of this number.
    Confirm(u32, When),
    Forged(u32),
    /// And again, until nobody listens.
    ForgedOften(u32),
    Bounce(u32),
    Complaint(u32),
}

/// An index into [`ROLES`].
pub(super) type Role = usize;
/// An index into [`ADDRESSES`].
pub(super) type Address = usize;
/// An index into the names that a user may take.
pub(super) type Name = usize;

/// What a worker tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Report {
    Succeeded,
    RoleRetired,
    FailedOnce,
    /// Again and again, until no try is left. Between the first and the last a try is only counted.
    FailedOften,
    FailedForGood,
}

/// A step that a message of an earlier epoch may be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Known {
    Link(Role),
    Mail(u32),
    Notice(u32),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Old {
    Claim,
    Succeeded,
    Failed,
}

/// Rules that know a time are asked before it and after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum When {
    Early,
    Late,
}

static TOKENS: LazyLock<Vec<TokenHash>> =
    LazyLock::new(|| (0..64).map(|number| TokenHash::of(&format!("token-{number}"))).collect());
static NOON: LazyLock<DateTime<Utc>> = LazyLock::new(noon);
static FORGED: LazyLock<TokenHash> = LazyLock::new(|| TokenHash::of("forged"));
static SAID: LazyLock<Samples> = LazyLock::new(Samples::new);

/// What takes long to say is said once.
struct Samples {
    by_owner: Actor,
    on: String,
    emails: Vec<crate::Email>,
    names: Vec<crate::UserName>,
    roles: Vec<crate::RoleName>,
}

impl Samples {
    fn new() -> Self {
        let said: Instruction<UserCommand> = deactivate().into();
        Self {
            by_owner: said.by,
            on: said.on,
            emails: ADDRESSES.iter().map(|text| crate::Email::parse(text).unwrap()).collect(),
            names: ["alice", "alice.l"].iter().map(|text| crate::UserName::parse(text).unwrap()).collect(),
            roles: ROLES.iter().map(|name| role(name)).collect(),
        }
    }
}

pub(super) fn role_name(index: Role) -> &'static crate::RoleName {
    &SAID.roles[index]
}

/// When a link that is out is clicked, a worker works, or a timer fires too soon.
fn soon() -> DateTime<Utc> {
    *NOON + TimeDelta::minutes(5)
}

fn an_hour_later() -> DateTime<Utc> {
    *NOON + TimeDelta::hours(1)
}

/// The day up to which a user is let in, if there is one.
fn last_day() -> DateTime<Utc> {
    *NOON + TimeDelta::hours(48)
}

/// After every deadline but the one of a restoration: links work for 72 hours, provisioning has 15 minutes.
fn late() -> DateTime<Utc> {
    *NOON + TimeDelta::hours(80)
}

impl When {
    fn or_late(self, early: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Self::Early => early,
            Self::Late => late(),
        }
    }
}

impl Known {
    pub(super) fn step(self) -> Step {
        match self {
            Self::Link(role) => Step::LinkRole(role_name(role).clone()),
            Self::Mail(number) => Step::SendConfirmation(number),
            Self::Notice(version) => Step::NotifyEmailChange(version),
        }
    }
}

impl Known {
    /// What a message was when it was new.
    pub(super) fn told(self, old: Old) -> Option<Trigger> {
        match (self, old) {
            (Self::Link(_), Old::Claim) => None,
            (Self::Link(role), Old::Succeeded) => Some(Trigger::Link(role, Report::Succeeded)),
            (Self::Link(role), Old::Failed) => Some(Trigger::Link(role, Report::FailedForGood)),
            (Self::Mail(number), Old::Claim) => Some(Trigger::ClaimMail(number)),
            (Self::Mail(number), Old::Succeeded) => Some(Trigger::Mail(number, Report::Succeeded)),
            (Self::Mail(number), Old::Failed) => Some(Trigger::Mail(number, Report::FailedForGood)),
            (Self::Notice(version), Old::Claim) => Some(Trigger::ClaimNotice(version)),
            (Self::Notice(version), Old::Succeeded) => Some(Trigger::Notice(version, Report::Succeeded)),
            (Self::Notice(version), Old::Failed) => Some(Trigger::Notice(version, Report::FailedForGood)),
        }
    }
}

impl Report {
    fn outcome(self) -> StepOutcome {
        match self {
            Self::Succeeded => StepOutcome::Succeeded { message_id: Some("m".into()) },
            Self::RoleRetired => StepOutcome::RoleRetired,
            Self::FailedOnce | Self::FailedOften => StepOutcome::Retryable { error: "unavailable".into() },
            Self::FailedForGood => StepOutcome::Permanent { error: "refused".into() },
        }
    }
}

impl Trigger {
    /// Whether it is the same command several times over, until nothing comes of it any more.
    pub(super) fn repeats(self) -> bool {
        matches!(
            self,
            Self::ForgedOften(_)
                | Self::Link(_, Report::FailedOften)
                | Self::Mail(_, Report::FailedOften)
                | Self::Notice(_, Report::FailedOften)
        )
    }

    /// Whether every single one counts; whatever else comes twice is one.
    pub(super) fn counts(self) -> bool {
        self.repeats()
            || matches!(
                self,
                Self::Forged(_)
                    | Self::Link(_, Report::FailedOnce)
                    | Self::Mail(_, Report::FailedOnce)
                    | Self::Notice(_, Report::FailedOnce)
            )
    }

    /// The mail that must be out before this can happen.
    pub(super) fn needs_the_mail_of(self) -> Option<u32> {
        let (Self::Mail(number, Report::Succeeded)
        | Self::Confirm(number, _)
        | Self::Bounce(number)
        | Self::Complaint(number)) = self
        else {
            return None;
        };
        Some(number)
    }

    /// What the user is asked, in their present epoch.
    pub(super) fn instruction(self, account: &Account) -> Instruction<UserCommand> {
        let (by, at, command) = self.asks(account);
        Instruction { on: SAID.on.clone(), by, at, command }
    }

    fn asks(self, account: &Account) -> (Actor, DateTime<Utc>, UserCommand) {
        let epoch = account.epoch;
        let worker = |command| (Actor::Worker, *NOON, command);
        let watchdog = |when: When, command| (Actor::Watchdog, when.or_late(soon()), command);
        let owner = |at, command| (SAID.by_owner.clone(), at, command);
        let admin = |command| owner(an_hour_later(), command);
        match self {
            Self::Link(role, report) => worker(reported(Known::Link(role), epoch, report.outcome())),
            Self::ClaimMail(number) => worker(claim(Known::Mail(number), epoch)),
            Self::Mail(number, report) => worker(reported(Known::Mail(number), epoch, report.outcome())),
            Self::ClaimNotice(version) => worker(claim(Known::Notice(version), epoch)),
            Self::Notice(version, report) => {
                worker(reported(Known::Notice(version), epoch, report.outcome()))
            }
            Self::Old(known, old) => {
                let before = before(epoch);
                worker(match old {
                    Old::Claim => claim(known, before),
                    Old::Succeeded => reported(known, before, Report::Succeeded.outcome()),
                    Old::Failed => reported(known, before, Report::FailedForGood.outcome()),
                })
            }
            Self::Deactivate => admin(UserCommand::Deactivate { reason: DeactivationReason::Requested }),
            Self::Reactivate(when) => owner(when.or_late(an_hour_later()), UserCommand::Reactivate),
            Self::Delete => admin(UserCommand::Delete),
            Self::Restore(When::Early) => admin(UserCommand::Restore),
            Self::Restore(When::Late) => owner(*NOON + TimeDelta::days(40), UserCommand::Restore),
            Self::ChangeProfile(name) => {
                let user_name = Some(SAID.names[name].clone());
                admin(UserCommand::ChangeProfile { user_name, display_name: None })
            }
            Self::ChangeEmail(address) => {
                admin(UserCommand::ChangeEmail { email: SAID.emails[address].clone() })
            }
            Self::AddRole(role) => {
                let add = [(role_name(role).clone(), powers(ROLES[role]))].into();
                admin(UserCommand::ChangeRoles(ChangeRoles { add, ..ChangeRoles::default() }))
            }
            Self::RemoveRole(role) => {
                let remove = [role_name(role).clone()].into();
                admin(UserCommand::ChangeRoles(ChangeRoles { remove, ..ChangeRoles::default() }))
            }
            Self::Resend(when) => owner(when.or_late(an_hour_later()), UserCommand::ResendConfirmation),
            Self::Retry => admin(UserCommand::RetryProvisioning),
            Self::Cancel => admin(UserCommand::CancelProvisioning),
            Self::ScheduleExpiry => admin(UserCommand::ScheduleExpiry { expires_at: Some(last_day()) }),
            Self::UnscheduleExpiry => admin(UserCommand::ScheduleExpiry { expires_at: None }),
            Self::ExpireUser(when) => watchdog(when, UserCommand::ExpireUser),
            Self::ExpireConfirmation(confirmation, when) => {
                watchdog(when, UserCommand::ExpireConfirmation { confirmation })
            }
            Self::TimeOut(When::Early) => watchdog(When::Early, UserCommand::TimeOutProvisioning),
            // Whatever was set going late is over by then, too.
            Self::TimeOut(When::Late) => {
                (Actor::Watchdog, late() + TimeDelta::hours(1), UserCommand::TimeOutProvisioning)
            }
            Self::DropRetired(role) => {
                watchdog(When::Early, UserCommand::DropRetiredRole { role: role_name(role).clone() })
            }
            Self::Confirm(number, when) => clicked(number, TOKENS[number as usize], when),
            Self::Forged(number) | Self::ForgedOften(number) => clicked(number, *FORGED, When::Early),
            Self::Bounce(number) => worker(flag(number, MailFlag::Bounce)),
            Self::Complaint(number) => worker(flag(number, MailFlag::Complaint)),
        }
    }
}

/// The epoch before; of the first one there are no earlier messages, so one stands in that never was.
fn before(epoch: Epoch) -> Epoch {
    (1..epoch.get()).fold(Epoch::default(), |epoch, _| epoch.next())
}

fn reported(of: Known, epoch: Epoch, outcome: StepOutcome) -> UserCommand {
    UserCommand::RecordStepResult { step: of.step(), epoch, outcome }
}

fn claim(of: Known, epoch: Epoch) -> UserCommand {
    let step = of.step();
    match of {
        Known::Mail(number) => UserCommand::IssueConfirmation {
            step,
            epoch,
            token_hash: TOKENS[number as usize],
            expires_at: *NOON + TimeDelta::hours(72),
        },
        Known::Link(_) | Known::Notice(_) => UserCommand::IssueNotice { step, epoch },
    }
}

fn clicked(confirmation: u32, token_hash: TokenHash, when: When) -> (Actor, DateTime<Utc>, UserCommand) {
    let command = UserCommand::ConfirmEmail { confirmation, token_hash };
    (Actor::LinkHolder, when.or_late(soon()), command)
}

fn flag(confirmation: u32, flag: MailFlag) -> UserCommand {
    UserCommand::FlagEmail { confirmation, flag }
}

impl Trigger {
    /// What a healthy worker does about a pending step.
    pub(super) fn that_perform(step: &Step) -> Vec<Self> {
        match step {
            Step::LinkRole(role) => {
                let role = (0..ROLES.len()).find(|index| role_name(*index) == role);
                role.map(|role| Self::Link(role, Report::Succeeded)).into_iter().collect()
            }
            Step::SendConfirmation(number) => {
                vec![Self::ClaimMail(*number), Self::Mail(*number, Report::Succeeded)]
            }
            Step::NotifyEmailChange(version) => {
                vec![Self::ClaimNotice(*version), Self::Notice(*version, Report::Succeeded)]
            }
        }
    }

    pub(super) fn that_expires(confirmation: u32) -> Self {
        Self::ExpireConfirmation(confirmation, When::Late)
    }
}
