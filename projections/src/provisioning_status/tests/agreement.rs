//! What clients are shown agrees with what the rules know, whatever has happened.

use std::collections::{BTreeSet, VecDeque};

use chrono::{DateTime, TimeDelta, Utc};
use cqrs_es::Aggregate as _;
use domain::{
    Actor, Caller, CallerRole, Email, Epoch, Instruction, TenantId, TokenHash, User,
    role::Powers,
    user::{
        AdminState, ChangeRoles, CreateUser, DeactivationReason, MailFlag, StepOutcome, UserCommand, decide,
        pending_steps,
    },
};

use super::*;
use crate::{
    Facts,
    testing::{alice, role},
};

const DEPTH: usize = 5;

fn owner() -> Actor {
    let tenant = TenantId::parse("acme").unwrap();
    Actor::Caller(Caller { tenant, subject: "admin-1".into(), roles: [CallerRole::Owner].into() })
}

fn by(actor: Actor, after: TimeDelta, command: UserCommand) -> Instruction<UserCommand> {
    Instruction { on: "u-1".into(), by: actor, at: noon_plus(0) + after, command }
}

/// What can be asked or told of the user in this situation, each in a way that may change something.
fn triggers(user: &User) -> Vec<Instruction<UserCommand>> {
    let account = user.account().unwrap();
    let (minute, days) = (TimeDelta::minutes(2), TimeDelta::days(4));
    let change = |add: &[&str], remove: &[&str]| {
        let add = add.iter().map(|name| (role(name), Powers::default())).collect();
        UserCommand::ChangeRoles(ChangeRoles { add, remove: remove.iter().map(|name| role(name)).collect() })
    };
    let email = |text: &str| UserCommand::ChangeEmail { email: Email::parse(text).unwrap() };
    let asked = [
        UserCommand::Deactivate { reason: DeactivationReason::Requested },
        UserCommand::Reactivate,
        UserCommand::Delete,
        UserCommand::Restore,
        UserCommand::ResendConfirmation,
        UserCommand::RetryProvisioning,
        UserCommand::CancelProvisioning,
        change(&["pager"], &[]),
        change(&[], &["oncall"]),
        email("alice@new.example"),
        email("alice@example.com"),
    ];
    let mut all: Vec<_> = asked.into_iter().map(|command| by(owner(), minute, command)).collect();
    for step in pending_steps(user) {
        for outcome in [
            StepOutcome::Succeeded { message_id: None },
            StepOutcome::Retryable { error: "busy".into() },
            StepOutcome::Permanent { error: "refused".into() },
            StepOutcome::RoleRetired,
        ] {
            let (step, epoch) = (step.clone(), account.epoch);
            all.push(by(Actor::Worker, minute, UserCommand::RecordStepResult { step, epoch, outcome }));
        }
        all.extend(claim(&step, account.epoch).map(|command| by(Actor::Worker, minute, command)));
    }
    if let Some(live) = account.live_confirmation() {
        let (confirmation, flag) = (live.number, MailFlag::Bounce);
        let click = |text: &str| UserCommand::ConfirmEmail { confirmation, token_hash: TokenHash::of(text) };
        all.push(by(Actor::LinkHolder, minute, click(&format!("token-{confirmation}"))));
        all.push(by(Actor::LinkHolder, minute, click("forged")));
        all.push(by(Actor::Worker, minute, UserCommand::FlagEmail { confirmation, flag }));
        all.push(by(Actor::Watchdog, days, UserCommand::ExpireConfirmation { confirmation }));
    }
    all.push(by(Actor::Watchdog, days, UserCommand::TimeOutProvisioning));
    all.push(by(Actor::Watchdog, minute, UserCommand::DropRetiredRole { role: role("engineer") }));
    all
}

fn claim(step: &Step, epoch: Epoch) -> Option<UserCommand> {
    let step = step.clone();
    match step {
        Step::LinkRole(_) => None,
        Step::NotifyEmailChange(_) => Some(UserCommand::IssueNotice { step, epoch }),
        Step::SendConfirmation(number) => Some(UserCommand::IssueConfirmation {
            step,
            epoch,
            token_hash: TokenHash::of(&format!("token-{number}")),
            expires_at: noon_plus(0) + TimeDelta::days(3),
        }),
    }
}

#[test]
fn the_steps_that_are_shown_as_open_are_those_that_are_pending() {
    let (mut seen, mut queue) = (BTreeSet::new(), VecDeque::new());
    queue.push_back((User::default(), Row::default(), 0));
    while let Some((user, row, depth)) = queue.pop_front() {
        let commands =
            if depth == 0 { vec![by(owner(), TimeDelta::zero(), create())] } else { triggers(&user) };
        for command in commands {
            let Ok(events) = decide(&user, &command) else { continue };
            if events.is_empty() {
                continue;
            }
            let (mut user, mut row) = (user.clone(), row.clone());
            events.iter().cloned().for_each(|event| user.apply(event));
            row.apply::<ProvisioningStatus>(&facts(&row, command.at, events));
            agree(&user, &row.view);
            let known = serde_json::to_string(&(&user, &row.view.steps)).unwrap();
            if depth < DEPTH && seen.insert(known) {
                queue.push_back((user, row, depth + 1));
            }
        }
    }
    println!("{} situations", seen.len());
    assert!(seen.len() > 1_000);
}

fn create() -> UserCommand {
    let roles = ["engineer", "oncall"].map(|name| (role(name), Powers::default())).into();
    UserCommand::Create(CreateUser { personal: alice(), roles })
}

fn facts(row: &Row<ProvisioningView>, at: DateTime<Utc>, events: Vec<UserEvent>) -> Facts<UserEvent> {
    Facts { id: "u-1".into(), commit: row.version + 1, committed_at: at, events }
}

fn agree(user: &User, view: &ProvisioningView) {
    let account = user.account().unwrap();
    assert_eq!(view.lifecycle, account.lifecycle);
    assert_eq!(view.attempt, account.attempt);
    let open = view.steps.iter().filter(|step| step.state.is_open());
    let open: BTreeSet<Step> = open.map(|step| step.step.clone()).collect();
    let pending: BTreeSet<Step> = pending_steps(user).into_iter().collect();
    assert_eq!(open, pending, "{view:?} of {account:?}");
    let waits = view.steps.iter().any(|step| step.state == super::super::StepState::Waiting);
    assert!(!waits || !account.is_active(), "an active user waits: {view:?}");
    let linked = view.steps.iter().filter(|step| {
        matches!(step.step, Step::LinkRole(_)) && step.state == super::super::StepState::Succeeded
    });
    assert_eq!(linked.count(), account.links.values().filter(|link| link.is_linked()).count(), "{view:?}");
    let is_enabled = account.lifecycle.admin_state == AdminState::Enabled;
    assert!(pending.is_empty() || ProvisioningStatus::due(view).is_some(), "nobody looks at {view:?}");
    assert!(is_enabled || ProvisioningStatus::due(view).is_none(), "the watchdog looks at {view:?}");
}
