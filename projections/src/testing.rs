//! Facts to fold in tests.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    DisplayName, Email, Epoch, RoleName, UserName,
    role::{PlannedRole, Powers},
    user::{Personal, Step, UserEvent},
};

use crate::Facts;

pub(crate) fn noon_plus(seconds: u64) -> DateTime<Utc> {
    let noon: DateTime<Utc> = "2026-11-21T12:00:00Z".parse().unwrap();
    noon + TimeDelta::seconds(seconds.try_into().unwrap())
}

/// The commit of this number, committed that many seconds after noon.
pub(crate) fn commit(number: u64, events: Vec<UserEvent>) -> Facts<UserEvent> {
    Facts { id: "u-1".into(), commit: number, committed_at: noon_plus(number), events }
}

pub(crate) fn second_epoch() -> Epoch {
    Epoch::FIRST.next()
}

pub(crate) fn role(name: &str) -> RoleName {
    RoleName::parse(name).unwrap()
}

pub(crate) fn link(name: &str) -> Step {
    Step::LinkRole(role(name))
}

pub(crate) fn alice() -> Personal {
    Personal {
        user_name: UserName::parse("alice").unwrap(),
        display_name: DisplayName::parse("Alice Liddell").unwrap(),
        email: Email::parse("alice@example.com").unwrap(),
    }
}

pub(crate) fn created() -> UserEvent {
    UserEvent::Created { personal: alice(), roles: vec![planned("engineer"), planned("oncall")] }
}

pub(crate) fn started() -> UserEvent {
    let steps = vec![link("engineer"), link("oncall")];
    UserEvent::ProvisioningStarted { attempt: 1, epoch: Epoch::FIRST, steps, at: Some(noon_plus(0)) }
}

pub(crate) fn planned(name: &str) -> PlannedRole {
    PlannedRole { role: role(name), powers: Powers::default() }
}

pub(crate) fn succeeded(step: Step) -> UserEvent {
    UserEvent::StepSucceeded { step }
}

pub(crate) fn linked(name: &str) -> UserEvent {
    UserEvent::RoleLinked { role: role(name) }
}

pub(crate) fn mail_requested(number: u32) -> UserEvent {
    UserEvent::StepRequested { step: Step::SendConfirmation(number), epoch: Epoch::FIRST }
}
