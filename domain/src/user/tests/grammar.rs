//! given / when / then over cqrs-es's own `TestFramework`, and the histories that the tests begin with.

use chrono::{DateTime, TimeDelta, Utc};
use cqrs_es::{Aggregate as _, test::TestFramework};

use crate::{
    Actor, Caller, CallerRole, DisplayName, Email, Epoch, Instruction, Rejection, RoleName, TenantId,
    TokenHash, User, UserId, UserName,
    role::{PlannedRole, Powers},
    user::{
        ChangeRoles, CreateUser, DeactivationReason, MailFlag, Personal, PersonalEmail, Step, StepOutcome,
        UnlinkReason, UserCommand, UserEvent, decide,
    },
};

/// What has happened so far.
#[derive(Clone)]
pub(super) struct History(Vec<UserEvent>);

/// A history and a command on it.
pub(super) struct Asked(History, Instruction<UserCommand>);

pub(super) fn given(history: impl Into<History>) -> History {
    history.into()
}

impl<const N: usize> From<[UserEvent; N]> for History {
    fn from(events: [UserEvent; N]) -> Self {
        Self(events.into())
    }
}

impl History {
    pub(super) fn and<const N: usize>(mut self, events: [UserEvent; N]) -> Self {
        self.0.extend(events);
        self
    }

    /// The history after the command was decided on it.
    pub(super) fn then_decided(mut self, command: impl Into<Instruction<UserCommand>>) -> Self {
        let events = decide(&self.user(), &command.into()).expect("the command is accepted");
        self.0.extend(events);
        self
    }

    pub(super) fn when(self, command: impl Into<Instruction<UserCommand>>) -> Asked {
        Asked(self, command.into())
    }

    pub(super) fn user(&self) -> User {
        let mut user = User::default();
        self.0.iter().cloned().for_each(|event| user.apply(event));
        user
    }
}

impl Asked {
    fn result(self) -> Result<Vec<UserEvent>, Rejection> {
        TestFramework::<User>::with(()).given(self.0.0).when(self.1).inspect_result()
    }

    pub(super) fn then<const N: usize>(self, expected: [UserEvent; N]) {
        assert_eq!(self.result().expect("the command is accepted"), expected);
    }

    pub(super) fn then_nothing(self) {
        self.then([]);
    }

    pub(super) fn then_accepted(self) {
        assert!(!self.result().expect("the command is accepted").is_empty(), "nothing was recorded");
    }

    pub(super) fn then_rejected(self, expected: Rejection) {
        assert_eq!(self.result().expect_err("the command is refused"), expected);
    }
}

/// A command on its way: by the tenant's owner, at [`noon`], unless said otherwise.
#[derive(Clone)]
pub(super) struct Said(Instruction<UserCommand>);

impl From<Said> for Instruction<UserCommand> {
    fn from(said: Said) -> Self {
        said.0
    }
}

impl Said {
    pub(super) fn by_helpdesk(self) -> Self {
        self.by(caller(CallerRole::Helpdesk))
    }

    pub(super) fn by_user_admin(self) -> Self {
        self.by(caller(CallerRole::UserAdmin))
    }

    /// By the user whom it is about, who is an owner.
    pub(super) fn by_themselves(self) -> Self {
        let Actor::Caller(caller) = caller(CallerRole::Owner) else { return self };
        let subject = alices_id().to_string();
        self.by(Actor::Caller(Caller { subject, ..caller }))
    }

    fn by(mut self, actor: Actor) -> Self {
        self.0.by = actor;
        self
    }

    pub(super) fn after(mut self, wait: TimeDelta) -> Self {
        self.0.at += wait;
        self
    }
}

fn by(actor: Actor, command: UserCommand) -> Said {
    Said(Instruction { on: alices_id().to_string(), by: actor, at: noon(), command })
}

pub(super) fn alices_id() -> UserId {
    UserId::derive(&TenantId::parse("acme").unwrap(), "alice")
}

fn caller(role: CallerRole) -> Actor {
    let tenant = TenantId::parse("acme").unwrap();
    Actor::Caller(Caller { tenant, subject: "admin-1".into(), roles: [role].into() })
}

pub(super) fn noon() -> DateTime<Utc> {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

pub(super) fn epoch(number: u32) -> Epoch {
    (1..number).fold(Epoch::FIRST, |epoch, _| epoch.next())
}

pub(super) fn role(name: &str) -> RoleName {
    RoleName::parse(name).unwrap()
}

pub(super) fn step(text: &str) -> Step {
    text.parse().unwrap()
}

pub(super) fn alice() -> Personal {
    Personal {
        user_name: UserName::parse("alice").unwrap(),
        display_name: DisplayName::parse("Alice Liddell").unwrap(),
        email: Email::parse("Alice@Example.com").unwrap(),
    }
}

// Commands.

/// Roles are plain, but `admins` makes owners, `helpers` makes a helpdesk, and `vault` is for owners to give.
pub(super) fn powers(role: &str) -> Powers {
    match role {
        "admins" => Powers { grants: [CallerRole::Owner].into(), privileged: false },
        "helpers" => Powers { grants: [CallerRole::Helpdesk].into(), privileged: false },
        "vault" => Powers { privileged: true, ..Powers::default() },
        _ => Powers::default(),
    }
}

pub(super) fn create<const N: usize>(roles: [&str; N]) -> Said {
    let roles = roles.into_iter().map(|name| (role(name), powers(name))).collect();
    by(caller(CallerRole::Owner), UserCommand::Create(CreateUser { personal: alice(), roles }))
}

pub(super) fn by_owner(command: UserCommand) -> Said {
    by(caller(CallerRole::Owner), command)
}

pub(super) fn by_watchdog(command: UserCommand) -> Said {
    by(Actor::Watchdog, command)
}

pub(super) fn add_roles<const N: usize>(roles: [&str; N]) -> Said {
    let add = roles.into_iter().map(|name| (role(name), powers(name))).collect();
    by_owner(UserCommand::ChangeRoles(ChangeRoles { add, ..ChangeRoles::default() }))
}

pub(super) fn remove_roles<const N: usize>(roles: [&str; N]) -> Said {
    let remove = roles.into_iter().map(role).collect();
    by_owner(UserCommand::ChangeRoles(ChangeRoles { remove, ..ChangeRoles::default() }))
}

pub(super) fn change_email(to: &str) -> Said {
    by_owner(UserCommand::ChangeEmail { email: Email::parse(to).unwrap() })
}

pub(super) fn delete() -> Said {
    by_owner(UserCommand::Delete)
}

pub(super) fn restore() -> Said {
    by_owner(UserCommand::Restore)
}

pub(super) fn retry() -> Said {
    by_owner(UserCommand::RetryProvisioning)
}

pub(super) fn cancel() -> Said {
    by_owner(UserCommand::CancelProvisioning)
}

pub(super) fn expires_after(wait: Option<TimeDelta>) -> Said {
    by_owner(UserCommand::ScheduleExpiry { expires_at: wait.map(|wait| noon() + wait) })
}

pub(super) fn expire_user() -> Said {
    by_watchdog(UserCommand::ExpireUser)
}

pub(super) fn time_out() -> Said {
    by_watchdog(UserCommand::TimeOutProvisioning)
}

pub(super) fn retired(name: &str) -> Said {
    by_watchdog(UserCommand::DropRetiredRole { role: role(name) })
}

pub(super) fn flagged(confirmation: u32, flag: MailFlag) -> Said {
    by(Actor::Worker, UserCommand::FlagEmail { confirmation, flag })
}

pub(super) fn issue_notice(version: u32, of_epoch: u32) -> Said {
    let step = Step::NotifyEmailChange(version);
    by(Actor::Worker, UserCommand::IssueNotice { step, epoch: epoch(of_epoch) })
}

pub(super) fn notified(version: u32, of_epoch: u32) -> Said {
    let outcome = StepOutcome::Succeeded { message_id: Some("m-2".into()) };
    result(&format!("notify_email_change:{version}"), of_epoch, outcome)
}

pub(super) fn deactivate() -> Said {
    by(caller(CallerRole::Owner), UserCommand::Deactivate { reason: DeactivationReason::Requested })
}

pub(super) fn reactivate() -> Said {
    by(caller(CallerRole::Owner), UserCommand::Reactivate)
}

pub(super) fn resend() -> Said {
    by(caller(CallerRole::Owner), UserCommand::ResendConfirmation)
}

pub(super) fn linked(role: &str, of_epoch: u32) -> Said {
    result(&format!("link_role:{role}"), of_epoch, StepOutcome::Succeeded { message_id: None })
}

pub(super) fn sent(number: u32, of_epoch: u32) -> Said {
    let outcome = StepOutcome::Succeeded { message_id: Some("m-1".into()) };
    result(&format!("send_confirmation:{number}"), of_epoch, outcome)
}

pub(super) fn result(of: &str, of_epoch: u32, outcome: StepOutcome) -> Said {
    by(Actor::Worker, UserCommand::RecordStepResult { step: step(of), epoch: epoch(of_epoch), outcome })
}

/// Issues the confirmation with the token `token-{number}`, good for 72 hours.
pub(super) fn issue(number: u32, of_epoch: u32) -> Said {
    let command = UserCommand::IssueConfirmation {
        step: Step::SendConfirmation(number),
        epoch: epoch(of_epoch),
        token_hash: TokenHash::of(&format!("token-{number}")),
        expires_at: noon() + TimeDelta::hours(72),
    };
    by(Actor::Worker, command)
}

/// With the token `token-{number}` of that confirmation; any other text is a try at the first one.
pub(super) fn confirm(token: &str) -> Said {
    let number = token.strip_prefix("token-").and_then(|number| number.parse().ok());
    let (confirmation, token_hash) = (number.unwrap_or(1), TokenHash::of(token));
    by(Actor::LinkHolder, UserCommand::ConfirmEmail { confirmation, token_hash })
}

pub(super) fn expire(confirmation: u32) -> Said {
    by(Actor::Watchdog, UserCommand::ExpireConfirmation { confirmation })
}

// Events.

pub(super) fn created<const N: usize>(roles: [&str; N]) -> UserEvent {
    UserEvent::Created { personal: alice(), roles: roles.into_iter().map(planned).collect() }
}

pub(super) fn started<const N: usize>(attempt: u32, of_epoch: u32, steps: [&str; N]) -> UserEvent {
    let steps = steps.into_iter().map(step).collect();
    UserEvent::ProvisioningStarted { attempt, epoch: epoch(of_epoch), steps, at: Some(noon()) }
}

pub(super) fn planned(name: &str) -> PlannedRole {
    PlannedRole { role: role(name), powers: powers(name) }
}

pub(super) fn role_linked(name: &str) -> UserEvent {
    UserEvent::RoleLinked { role: role(name) }
}

pub(super) fn unlinked(name: &str, reason: UnlinkReason) -> UserEvent {
    UserEvent::RoleUnlinked { role: role(name), reason }
}

pub(super) fn stopped(at: crate::user::Process) -> UserEvent {
    UserEvent::ProvisioningStopped { at }
}

pub(super) fn revoked(confirmation: u32) -> UserEvent {
    UserEvent::ConfirmationRevoked { confirmation }
}

pub(super) fn ignored(of: &str, of_epoch: u32, outcome: crate::user::OutcomeKind) -> UserEvent {
    UserEvent::StepResultIgnored { step: step(of), epoch: epoch(of_epoch), outcome }
}

pub(super) fn email(address: &str) -> PersonalEmail {
    PersonalEmail { email: Email::parse(address).unwrap() }
}

pub(super) fn requested(of: &str, of_epoch: u32) -> UserEvent {
    UserEvent::StepRequested { step: step(of), epoch: epoch(of_epoch) }
}

pub(super) fn succeeded(of: &str) -> UserEvent {
    UserEvent::StepSucceeded { step: step(of) }
}

pub(super) fn deactivated(to_epoch: u32) -> UserEvent {
    UserEvent::Deactivated { reason: DeactivationReason::Requested, epoch: epoch(to_epoch) }
}

pub(super) fn reactivated(to_epoch: u32) -> UserEvent {
    UserEvent::Reactivated { epoch: epoch(to_epoch) }
}

// Histories, each the one before and a little more.

pub(super) fn accepted() -> History {
    given([]).then_decided(create(["engineer", "oncall"]))
}

pub(super) fn mail_requested() -> History {
    accepted().then_decided(linked("engineer", 1)).then_decided(linked("oncall", 1))
}

pub(super) fn mail_issued() -> History {
    mail_requested().then_decided(issue(1, 1))
}

pub(super) fn provisioned() -> History {
    mail_issued().then_decided(sent(1, 1))
}

pub(super) fn confirmed() -> History {
    provisioned().then_decided(confirm("token-1"))
}

pub(super) fn failed_at_mail() -> History {
    mail_issued().then_decided(permanently_failed("send_confirmation:1"))
}

pub(super) fn failed_at_link() -> History {
    accepted().then_decided(permanently_failed("link_role:engineer"))
}

pub(super) fn permanently_failed(of: &str) -> Said {
    result(of, 1, StepOutcome::Permanent { error: "refused".into() })
}

pub(super) fn failed_try(of: &str) -> Said {
    result(of, 1, StepOutcome::Retryable { error: "unavailable".into() })
}
