use chrono::TimeDelta;
use domain::{
    Epoch, TokenHash,
    user::{DeactivationReason, Lifecycle, PersonalEmail, Step, UserEvent},
};
use serde_json::json;

use super::{Recorded, TimelineEntry, entries};
use crate::testing::{alice, created, link, linked, noon_plus, role, second_epoch, started, succeeded};

fn told(events: Vec<UserEvent>) -> Vec<TimelineEntry> {
    told_from(&mut Lifecycle::default(), events)
}

fn told_from(lifecycle: &mut Lifecycle, events: Vec<UserEvent>) -> Vec<TimelineEntry> {
    let recorded = Recorded {
        commit: 3,
        at: noon_plus(5),
        actor: "user:owner-1".into(),
        correlation_id: "request-1".into(),
        causation_id: None,
        events,
    };
    entries(lifecycle, &recorded)
}

/// The only entry's JSON form.
fn written(event: UserEvent) -> serde_json::Value {
    let [entry] = told(vec![event]).try_into().unwrap();
    serde_json::to_value(entry).unwrap()
}

#[test]
fn an_entry_says_who_when_what_and_what_came_of_it() {
    let deactivated = UserEvent::Deactivated { reason: DeactivationReason::Security, epoch: second_epoch() };
    assert_eq!(
        written(deactivated),
        json!({
            "commit": 3,
            "at": "2026-11-21T12:00:05Z",
            "actor": "user:owner-1",
            "correlationId": "request-1",
            "causationId": null,
            "type": "user.deactivated",
            "summary": "The user was shut off: for security.",
            "details": { "reason": "security", "epoch": 2 },
            "status": "inactive",
        })
    );
}

#[test]
fn each_event_of_a_commit_is_an_entry_and_the_status_follows() {
    let mut lifecycle = Lifecycle::default();
    let first = told_from(&mut lifecycle, vec![created(), started()]);
    assert_eq!(
        first.iter().map(|entry| entry.r#type).collect::<Vec<_>>(),
        ["user.created", "provisioning.started"]
    );
    let last = told_from(&mut lifecycle, vec![linked("engineer"), UserEvent::Provisioned {}]);
    let seen = last.iter().map(|entry| entry.status.as_str()).collect::<Vec<_>>();
    assert_eq!(seen, ["provisioning", "pending_confirmation"]);
}

#[test]
fn who_a_user_is_stands_with_the_event_that_says_so() {
    let person = json!({ "userName": "alice", "displayName": "Alice Liddell", "email": "alice@example.com",
                         "roles": [{ "role": "engineer" }, { "role": "oncall" }] });
    assert_eq!(written(created())["details"], person);
    let changed = UserEvent::EmailChanged {
        personal: PersonalEmail { email: alice().email },
        email_version: 2,
        at: noon_plus(0),
    };
    assert_eq!(written(changed)["details"], json!({ "email": "alice@example.com", "emailVersion": 2 }));
}

#[test]
fn a_mail_is_told_without_anything_of_its_token() {
    let (issued_at, expires_at) = (noon_plus(0), noon_plus(0) + TimeDelta::hours(72));
    let token_hash = TokenHash::of("token-1");
    let entry = written(UserEvent::ConfirmationIssued {
        confirmation: 4,
        email_version: 2,
        token_hash,
        issued_at,
        expires_at,
    });
    assert!(!entry.to_string().contains(&token_hash.to_string()), "{entry}");
    let details = json!({ "mail": "confirmation", "confirmation": 4, "emailVersion": 2,
                          "expiresAt": "2026-11-24T12:00:00Z" });
    assert_eq!(entry["details"], details);
}

#[test]
fn steps_are_told_in_words() {
    let failed = |last| UserEvent::StepFailed {
        step: Step::SendConfirmation(1),
        error: "mail-unavailable".into(),
        last,
    };
    for (event, summary) in [
        (succeeded(link("engineer")), "A step was done: link the role engineer."),
        (
            failed(false),
            "A step failed and is tried again: send mail 1, with a link to confirm the address (mail-unavailable).",
        ),
        (
            failed(true),
            "A step failed for good: send mail 1, with a link to confirm the address (mail-unavailable).",
        ),
        (
            UserEvent::StepRequested { step: Step::NotifyEmailChange(2), epoch: Epoch::FIRST },
            "It is the turn of a step: tell the old e-mail address of the new one.",
        ),
    ] {
        assert_eq!(written(event)["summary"], summary);
    }
}

#[test]
fn a_change_of_roles_says_what_comes_and_what_goes() {
    let changed = |added: &[&str], removed: &[&str]| {
        let added = added.iter().map(|name| crate::testing::planned(name)).collect();
        let removed = removed.iter().map(|name| role(name)).collect();
        written(UserEvent::RolesChanged { added, removed })["summary"].as_str().unwrap().to_owned()
    };
    assert_eq!(changed(&["a"], &[]), "The user is to have the role a.");
    assert_eq!(changed(&[], &["a", "b"]), "The user is to lose the roles a, b.");
    assert_eq!(changed(&["a"], &["b"]), "The user is to have the role a and to lose the role b.");
}
