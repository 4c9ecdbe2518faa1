use std::{fs, path::Path};

use chrono::{DateTime, Utc};
use cqrs_es::{DomainEvent as _, test::TestFramework};

use super::{Powers, Role, RoleCommand, RoleEvent};
use crate::{Action, Actor, Caller, CallerRole, Instruction, Rejection, RoleName, TenantId};

fn engineer() -> RoleName {
    RoleName::parse("engineer").unwrap()
}

fn plain() -> Powers {
    Powers::default()
}

fn owners() -> Powers {
    Powers { grants: [CallerRole::Owner].into(), privileged: false }
}

fn create(by: CallerRole) -> Instruction<RoleCommand> {
    asked(by, RoleCommand::Create { name: engineer(), powers: plain() })
}

fn asked(by: CallerRole, command: RoleCommand) -> Instruction<RoleCommand> {
    let tenant = TenantId::parse("acme").unwrap();
    Instruction {
        on: "engineer".into(),
        by: Actor::Caller(Caller { tenant, subject: "admin-1".into(), roles: [by].into() }),
        at: noon(),
        command,
    }
}

fn noon() -> DateTime<Utc> {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

fn created(powers: Powers) -> RoleEvent {
    RoleEvent::Created { name: engineer(), powers }
}

fn role(given: Vec<RoleEvent>, when: Instruction<RoleCommand>) -> Result<Vec<RoleEvent>, Rejection> {
    TestFramework::<Role>::with(()).given(given).when(when).inspect_result()
}

#[test]
fn an_owner_creates_a_role() {
    assert_eq!(role(vec![], create(CallerRole::Owner)), Ok(vec![created(plain())]));
}

#[test]
fn a_role_is_created_once() {
    assert_eq!(
        role(vec![created(plain())], create(CallerRole::Owner)),
        Err(Rejection::RoleExists(engineer()))
    );
}

#[test]
fn an_auditor_does_not_create_roles() {
    let forbidden = Rejection::Forbidden(Action::CreateRole);
    assert_eq!(role(vec![], create(CallerRole::Auditor)), Err(forbidden));
}

#[test]
fn nobody_creates_a_role_that_grants_what_they_lack() {
    let owners = RoleCommand::Create { name: engineer(), powers: owners() };
    assert!(role(vec![], asked(CallerRole::Owner, owners.clone())).is_ok());
    assert_eq!(role(vec![], asked(CallerRole::UserAdmin, owners)), Err(Rejection::RoleNotYours(engineer())));
    let vault = RoleCommand::Create { name: engineer(), powers: Powers { privileged: true, ..plain() } };
    assert_eq!(role(vec![], asked(CallerRole::UserAdmin, vault)), Err(Rejection::RoleNotYours(engineer())));
}

#[test]
fn a_retired_role_is_retired_once_and_cannot_be_linked() {
    let retire = asked(CallerRole::Owner, RoleCommand::Retire);
    let retired = RoleEvent::Retired { at: noon() };
    assert_eq!(role(vec![created(plain())], retire.clone()), Ok(vec![retired.clone()]));
    assert_eq!(role(vec![created(plain()), retired.clone()], retire), Ok(vec![]));
    let mut state = Role::default();
    state.remember(created(plain()));
    assert!(state.linkable().is_some());
    state.remember(retired);
    assert!(state.linkable().is_none() && state.powers().is_some());
}

#[test]
fn only_who_could_give_a_role_retires_it() {
    let retire = asked(CallerRole::UserAdmin, RoleCommand::Retire);
    assert_eq!(role(vec![created(owners())], retire.clone()), Err(Rejection::RoleNotYours(engineer())));
    assert_eq!(role(vec![], retire), Err(Rejection::RoleUnknown));
}

#[test]
fn stored_events_stay_readable() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    for event in [created(owners()), RoleEvent::Retired { at: noon() }] {
        let file = folder.join(format!("{}@{}.json", event.name(), event.event_version()));
        let written = serde_json::to_string_pretty(&event).unwrap() + "\n";
        if std::env::var_os("ROLLCALL_WRITE_FIXTURES").is_some() && !file.exists() {
            fs::write(&file, &written).unwrap();
        }
        let stored = fs::read_to_string(&file).unwrap();
        assert_eq!(serde_json::from_str::<RoleEvent>(&stored).unwrap(), event);
        assert_eq!(written, stored, "{}: a stored shape changed; add a new version instead", file.display());
    }
}
