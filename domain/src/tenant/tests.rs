use std::{fs, path::Path};

use chrono::TimeDelta;
use cqrs_es::{DomainEvent as _, test::TestFramework};

use super::*;
use crate::{Action, Actor, Caller, CallerRole, MailKind, MailTemplate, TenantId};

fn settings(hours: u32) -> Settings {
    let subject = "Welcome, {display_name}";
    let template = MailTemplate::parse(MailKind::Confirmation, subject, "Follow {link} please.").unwrap();
    Settings {
        confirmation_lifetime: ConfirmationLifetime::parse(hours).unwrap(),
        templates: [(MailKind::Confirmation, template)].into(),
    }
}

fn change(by: CallerRole, settings: Settings) -> Instruction<TenantCommand> {
    let tenant = TenantId::parse("acme").unwrap();
    Instruction {
        on: "tenant".into(),
        by: Actor::Caller(Caller { tenant, subject: "admin-1".into(), roles: [by].into() }),
        at: "2026-11-21T12:00:00Z".parse().unwrap(),
        command: TenantCommand::ChangeSettings(settings),
    }
}

fn tenant(given: Vec<TenantEvent>, when: Instruction<TenantCommand>) -> Result<Vec<TenantEvent>, Rejection> {
    TestFramework::<Tenant>::with(()).given(given).when(when).inspect_result()
}

#[test]
fn an_owner_changes_the_settings_once() {
    let changed = TenantEvent::SettingsChanged { settings: settings(24) };
    let asked = change(CallerRole::Owner, settings(24));
    assert_eq!(tenant(vec![], asked.clone()), Ok(vec![changed.clone()]));
    assert_eq!(tenant(vec![changed], asked), Ok(vec![]));
}

#[test]
fn nobody_else_changes_the_settings() {
    let forbidden = Rejection::Forbidden(Action::ChangeSettings);
    assert_eq!(tenant(vec![], change(CallerRole::UserAdmin, settings(24))), Err(forbidden));
}

#[test]
fn a_tenant_that_has_chosen_nothing_has_links_of_72_hours_and_the_built_in_texts() {
    let settings = Tenant::default().settings;
    assert_eq!(settings.confirmation_lifetime.as_duration(), TimeDelta::hours(72));
    assert_eq!(settings.template(MailKind::Confirmation), MailTemplate::default_for(MailKind::Confirmation));
}

#[test]
fn a_link_works_for_an_hour_at_least_and_for_thirty_days_at_most() {
    for hours in [1, 72, 720] {
        assert_eq!(ConfirmationLifetime::parse(hours).map(ConfirmationLifetime::hours), Ok(hours));
    }
    for hours in [0, 721] {
        assert_eq!(ConfirmationLifetime::parse(hours).unwrap_err().code, "confirmation-lifetime-invalid");
    }
}

#[test]
fn stored_events_stay_readable() {
    let event = TenantEvent::SettingsChanged { settings: settings(24) };
    let name = format!("{}@{}.json", event.event_type(), event.event_version());
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name);
    let written = serde_json::to_string_pretty(&event).unwrap() + "\n";
    if std::env::var_os("ROLLCALL_WRITE_FIXTURES").is_some() && !file.exists() {
        fs::write(&file, &written).unwrap();
    }
    let stored = fs::read_to_string(&file).unwrap();
    assert_eq!(serde_json::from_str::<TenantEvent>(&stored).unwrap(), event);
    assert_eq!(written, stored, "a stored shape changed; add a new version instead");
}
