//! Every stored event version keeps its JSON for ever: old streams must stay readable.

use std::{collections::BTreeSet, fs, path::PathBuf};

use chrono::TimeDelta;
use cqrs_es::{Aggregate as _, DomainEvent as _};

use super::{super::*, grammar::*};
use crate::TokenHash;

/// One event of each kind.
fn samples() -> Vec<UserEvent> {
    vec![
        created(["engineer", "oncall"]),
        UserEvent::RoleLinked { role: role("engineer") },
        UserEvent::Provisioned {},
        UserEvent::EmailConfirmed { confirmation: 1, email_version: 1 },
        deactivated(2),
        reactivated(3),
        started(1, 1, ["link_role:engineer", "link_role:oncall"]),
        requested("send_confirmation:1", 1),
        succeeded("link_role:engineer"),
        UserEvent::StepFailed {
            step: step("send_confirmation:1"),
            error: "mail-unavailable".into(),
            last: false,
        },
        UserEvent::StepResultIgnored {
            step: step("link_role:engineer"),
            epoch: epoch(1),
            outcome: OutcomeKind::Succeeded,
        },
        UserEvent::ProvisioningFailed { step: step("send_confirmation:1"), error: "mail-refused".into() },
        UserEvent::ProvisioningStopped { at: Process::Linking },
        UserEvent::ConfirmationIssued {
            confirmation: 1,
            email_version: 1,
            token_hash: TokenHash::of("token-1"),
            issued_at: noon(),
            expires_at: noon() + TimeDelta::hours(72),
        },
        UserEvent::ConfirmationSent { confirmation: 1, message_id: Some("m-1".into()) },
        UserEvent::ResendRequested { at: noon() },
        UserEvent::ConfirmationRevoked { confirmation: 1 },
        UserEvent::ConfirmationExpired { confirmation: 1 },
    ]
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

#[test]
fn stored_events_stay_readable_and_are_written_as_before() {
    for event in samples() {
        let file = folder().join(format!("{}@{}.json", event.event_type(), event.event_version()));
        let written = serde_json::to_string_pretty(&event).unwrap() + "\n";
        if std::env::var_os("ROLLCALL_WRITE_FIXTURES").is_some() && !file.exists() {
            fs::write(&file, &written).unwrap();
        }
        let stored = fs::read_to_string(&file).unwrap_or_else(|_| {
            panic!("{} is missing; a new event gets its fixture by ROLLCALL_WRITE_FIXTURES=1", file.display())
        });
        assert_eq!(serde_json::from_str::<UserEvent>(&stored).unwrap(), event, "{}", file.display());
        assert_eq!(written, stored, "{}: a stored shape changed; add a new version instead", file.display());
    }
}

/// A snapshot of a state that is folded in another way by now would let old and new instances decide
/// differently on the same stream.
#[test]
fn a_state_version_stands_for_one_way_to_fold_the_events() {
    let mut user = User::default();
    let mut states = String::new();
    for event in samples() {
        user.apply(event);
        let json = serde_json::to_string(&user).unwrap();
        assert_eq!(serde_json::from_str::<User>(&json).unwrap(), user, "a snapshot revives the state");
        states.extend([json.as_str(), "\n"]);
    }
    let file = folder().join(format!("states/user@{}.ndjson", User::STATE_VERSION));
    if std::env::var_os("ROLLCALL_WRITE_FIXTURES").is_some() && !file.exists() {
        fs::write(&file, &states).unwrap();
    }
    let released = fs::read_to_string(&file).unwrap_or_else(|_| {
        panic!("{} is missing; a new version gets its states by ROLLCALL_WRITE_FIXTURES=1", file.display())
    });
    assert!(states == released, "the events lead to another state now: raise User::STATE_VERSION");
}

#[test]
fn the_type_name_is_the_stored_tag() {
    for event in samples() {
        let json = serde_json::to_value(&event).unwrap();
        assert_eq!(json.as_object().unwrap().keys().collect::<Vec<_>>(), [event.name()]);
    }
}

#[test]
fn every_fixture_still_has_its_event() {
    let known: BTreeSet<String> =
        samples().iter().map(|e| format!("{}@{}.json", e.name(), e.event_version())).collect();
    let stored =
        fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let of_users = stored.filter(|name| name.ends_with(".json") && !name.starts_with("role."));
    let orphans: Vec<String> = of_users.filter(|name| !known.contains(name)).collect();
    assert!(orphans.is_empty(), "{orphans:?} can no longer be read");
}

#[test]
fn only_the_creation_holds_personal_data() {
    for event in samples() {
        let json = serde_json::to_string(&event).unwrap();
        let introduces = matches!(event, UserEvent::Created { .. });
        for personal in ["Example.com", "Liddell", "alice"] {
            assert_eq!(json.contains(personal), introduces, "{personal} in {}", event.name());
        }
    }
}
