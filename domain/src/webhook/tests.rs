use std::{fs, path::Path};

use chrono::{DateTime, TimeDelta, Utc};
use cqrs_es::{DomainEvent as _, test::TestFramework};

use super::{
    DisableReason, EventTypes, KeyName, Loopback, Secret, Slot, Webhook, WebhookCommand, WebhookEvent,
    WebhookUrl,
};
use crate::{Action, Actor, Caller, CallerRole, Instruction, Rejection, TenantId};

fn url(path: &str) -> WebhookUrl {
    WebhookUrl::parse(&format!("https://example.com/{path}"), Loopback::Refused).unwrap()
}

fn key(byte: u8) -> KeyName {
    KeyName::of(&[byte; 32])
}

fn slot() -> Slot {
    Slot::all().next().unwrap()
}

fn created() -> WebhookEvent {
    WebhookEvent::Created { url: url("hook"), types: EventTypes::default(), slot: slot(), key: key(1) }
}

fn create() -> WebhookCommand {
    WebhookCommand::Create { url: url("hook"), types: EventTypes::default(), slot: slot(), key: key(1) }
}

fn disabled(reason: DisableReason) -> WebhookEvent {
    WebhookEvent::Disabled { reason }
}

fn noon() -> DateTime<Utc> {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

fn tomorrow() -> DateTime<Utc> {
    noon() + TimeDelta::hours(24)
}

fn rotated() -> WebhookEvent {
    WebhookEvent::SecretRotated { version: 2, key: key(2), old_until: tomorrow() }
}

fn by(by: Actor, command: WebhookCommand) -> Instruction<WebhookCommand> {
    Instruction { on: "webhook-1".into(), by, at: noon(), command }
}

fn caller(role: CallerRole) -> Actor {
    let tenant = TenantId::parse("acme").unwrap();
    Actor::Caller(Caller { tenant, subject: "admin-1".into(), roles: [role].into() })
}

fn webhook(
    given: Vec<WebhookEvent>,
    when: Instruction<WebhookCommand>,
) -> Result<Vec<WebhookEvent>, Rejection> {
    TestFramework::<Webhook>::with(()).given(given).when(when).inspect_result()
}

fn owner(given: Vec<WebhookEvent>, command: WebhookCommand) -> Result<Vec<WebhookEvent>, Rejection> {
    webhook(given, by(caller(CallerRole::Owner), command))
}

#[test]
fn an_owner_creates_a_webhook_once() {
    assert_eq!(owner(vec![], create()), Ok(vec![created()]));
    assert_eq!(owner(vec![created()], create()), Err(Rejection::WebhookExists));
    assert_eq!(owner(vec![created(), WebhookEvent::Deleted {}], create()), Err(Rejection::WebhookExists));
}

#[test]
fn nobody_but_an_owner_manages_webhooks() {
    let forbidden = Err(Rejection::Forbidden(Action::ManageWebhooks));
    let commands = [
        create(),
        WebhookCommand::Change { url: None, types: None },
        WebhookCommand::Disable,
        WebhookCommand::Enable,
        WebhookCommand::RotateSecret { key: key(2) },
        WebhookCommand::Delete,
    ];
    for command in commands {
        for role in [CallerRole::UserAdmin, CallerRole::Helpdesk, CallerRole::Auditor] {
            assert_eq!(webhook(vec![created()], by(caller(role), command.clone())), forbidden);
        }
        assert_eq!(webhook(vec![created()], by(Actor::Courier, command)), forbidden);
    }
}

#[test]
fn what_is_not_said_stays_as_it_is_and_no_change_is_no_news() {
    let change = |url, types| owner(vec![created()], WebhookCommand::Change { url, types });
    let types = EventTypes::of(["user.created"]);
    let changed = |path, types: &EventTypes| WebhookEvent::Changed { url: url(path), types: types.clone() };
    assert_eq!(change(Some(url("other")), None), Ok(vec![changed("other", &EventTypes::default())]));
    assert_eq!(change(None, Some(types.clone())), Ok(vec![changed("hook", &types)]));
    assert_eq!(change(Some(url("hook")), Some(EventTypes::default())), Ok(vec![]));
    assert_eq!(change(None, None), Ok(vec![]));
}

#[test]
fn a_webhook_is_disabled_for_the_first_reason_until_it_is_enabled() {
    let asked = disabled(DisableReason::Asked);
    assert_eq!(owner(vec![created()], WebhookCommand::Disable), Ok(vec![asked.clone()]));
    assert_eq!(owner(vec![created(), asked.clone()], WebhookCommand::Disable), Ok(vec![]));
    assert_eq!(owner(vec![created()], WebhookCommand::Enable), Ok(vec![]));
    assert_eq!(
        owner(vec![created(), asked.clone()], WebhookCommand::Enable),
        Ok(vec![WebhookEvent::Enabled { at: noon() }])
    );
    let give_up =
        |given| webhook(given, by(Actor::Courier, WebhookCommand::GiveUp { reason: DisableReason::Gone }));
    assert_eq!(give_up(vec![created()]), Ok(vec![disabled(DisableReason::Gone)]));
    assert_eq!(give_up(vec![created(), asked]), Ok(vec![]));
}

#[test]
fn only_the_courier_gives_up() {
    let give_up = WebhookCommand::GiveUp { reason: DisableReason::Failing };
    assert_eq!(owner(vec![created()], give_up), Err(Rejection::Forbidden(Action::GiveUpWebhook)));
}

#[test]
fn the_old_secret_signs_for_a_day() {
    let rotate = WebhookCommand::RotateSecret { key: key(2) };
    assert_eq!(owner(vec![created()], rotate), Ok(vec![rotated()]));
    let mut state = Webhook::default();
    [created(), rotated()].into_iter().for_each(|event| state.remember(event));
    let (old, new) = (Secret { version: 1, key: key(1) }, Secret { version: 2, key: key(2) });
    let signing = |at| state.registration().unwrap().secrets_at(at).cloned().collect::<Vec<_>>();
    assert_eq!(signing(noon()), [new.clone(), old]);
    assert_eq!(signing(tomorrow()), [new]);
}

#[test]
fn a_deleted_webhook_is_unknown() {
    let commands = [
        WebhookCommand::Change { url: None, types: None },
        WebhookCommand::Disable,
        WebhookCommand::Enable,
        WebhookCommand::RotateSecret { key: key(2) },
        WebhookCommand::Delete,
    ];
    assert_eq!(owner(vec![created()], WebhookCommand::Delete), Ok(vec![WebhookEvent::Deleted {}]));
    for command in commands {
        for given in [vec![], vec![created(), WebhookEvent::Deleted {}]] {
            assert_eq!(owner(given, command.clone()), Err(Rejection::WebhookUnknown), "{command:?}");
        }
    }
}

#[test]
fn an_address_is_https_and_has_no_credentials() {
    let code = |text: &str| WebhookUrl::parse(text, Loopback::Refused).unwrap_err().code;
    for text in ["", "hook", "https://", "//example.com", "https://exa mple.com/", "mailto:a@example.com"] {
        assert!(["webhook-url-invalid"].contains(&code(text)), "{text}");
    }
    for text in ["http://example.com/", "ftp://example.com/", "http://127.0.0.1/", "http://localhost/"] {
        assert_eq!(code(text), "webhook-url-not-https", "{text}");
    }
    for text in ["https://me@example.com/", "https://me:secret@example.com/", "https://:secret@example.com/"]
    {
        assert_eq!(code(text), "webhook-url-credentials", "{text}");
    }
    assert_eq!(code(&format!("https://example.com/{}", "x".repeat(2_048))), "webhook-url-too-long");
    // Longer once it is written as it is asked for.
    assert_eq!(code(&format!("https://example.com/{}", "ö".repeat(1_000))), "webhook-url-too-long");
    let read = WebhookUrl::parse("HTTPS://Exämple.com:443/a b?c#d", Loopback::Refused).unwrap();
    assert_eq!(read.as_str(), "https://xn--exmple-cua.com/a%20b?c");
    assert!(!format!("{read:?}").contains("example"));
}

#[test]
fn plain_http_leads_no_further_than_this_machine() {
    let allowed = |text: &str| WebhookUrl::parse(text, Loopback::Allowed).is_ok();
    for text in ["http://127.0.0.1:8080/", "http://[::1]/", "http://localhost/", "http://2130706433/"] {
        assert!(allowed(text), "{text}");
    }
    for text in
        ["http://example.com/", "http://10.0.0.1/", "http://localhost.example.com/", "ftp://127.0.0.1/"]
    {
        assert!(!allowed(text), "{text}");
    }
}

#[test]
fn stored_events_stay_readable() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let types = EventTypes::of(["user.created", "user.deleted"]);
    let events = [
        created(),
        WebhookEvent::Changed { url: url("other"), types },
        disabled(DisableReason::Failing),
        WebhookEvent::Enabled { at: noon() },
        rotated(),
        WebhookEvent::Deleted {},
    ];
    for event in events {
        let file = folder.join(format!("{}@{}.json", event.name(), event.event_version()));
        let written = serde_json::to_string_pretty(&event).unwrap() + "\n";
        if std::env::var_os("ROLLCALL_WRITE_FIXTURES").is_some() && !file.exists() {
            fs::write(&file, &written).unwrap();
        }
        let stored = fs::read_to_string(&file).unwrap();
        assert_eq!(serde_json::from_str::<WebhookEvent>(&stored).unwrap(), event);
        assert_eq!(written, stored, "{}: a stored shape changed; add a new version instead", file.display());
    }
}
