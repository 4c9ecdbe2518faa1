use std::{fs, path::Path};

use cqrs_es::test::TestFramework;

use super::{Role, RoleCommand, RoleEvent};
use crate::{Action, Actor, Caller, CallerRole, Instruction, Rejection, RoleName, TenantId};

fn engineer() -> RoleName {
    RoleName::parse("engineer").unwrap()
}

fn create(role: CallerRole) -> Instruction<RoleCommand> {
    let tenant = TenantId::parse("acme").unwrap();
    Instruction {
        by: Actor::Caller(Caller { tenant, subject: "admin-1".into(), roles: [role].into() }),
        at: "2026-11-21T12:00:00Z".parse().unwrap(),
        command: RoleCommand::Create { name: engineer() },
    }
}

fn role(given: Vec<RoleEvent>, when: Instruction<RoleCommand>) -> Result<Vec<RoleEvent>, Rejection> {
    TestFramework::<Role>::with(()).given(given).when(when).inspect_result()
}

#[test]
fn an_owner_creates_a_role() {
    assert_eq!(role(vec![], create(CallerRole::Owner)), Ok(vec![RoleEvent::Created { name: engineer() }]));
}

#[test]
fn a_role_is_created_once() {
    let created = vec![RoleEvent::Created { name: engineer() }];
    assert_eq!(role(created, create(CallerRole::Owner)), Err(Rejection::RoleExists(engineer())));
}

#[test]
fn an_auditor_does_not_create_roles() {
    let forbidden = Rejection::Forbidden(Action::CreateRole);
    assert_eq!(role(vec![], create(CallerRole::Auditor)), Err(forbidden));
}

#[test]
fn the_stored_creation_stays_readable() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/role.created@1.json");
    let stored = fs::read_to_string(file).unwrap();
    let event = RoleEvent::Created { name: engineer() };
    assert_eq!(serde_json::from_str::<RoleEvent>(&stored).unwrap(), event);
    assert_eq!(serde_json::to_string_pretty(&event).unwrap() + "\n", stored);
}
