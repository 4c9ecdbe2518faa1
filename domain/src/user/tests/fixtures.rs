//! Every stored event version keeps its JSON for ever: old streams must stay readable.

use std::{collections::BTreeMap, fs, path::PathBuf};

use chrono::TimeDelta;
use cqrs_es::{Aggregate as _, DomainEvent as _};

use super::{super::*, grammar::*};
use crate::{DisplayName, TokenHash, UserName};

/// One event of each kind.
fn samples() -> Vec<UserEvent> {
    vec![
        created(["engineer", "helpers"]),
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
        UserEvent::ProfileChanged {
            personal: PersonalProfile {
                user_name: UserName::parse("alice.l").unwrap(),
                display_name: DisplayName::parse("Alice P. Liddell").unwrap(),
            },
        },
        UserEvent::EmailChanged { personal: email("alice@New.Example.com"), email_version: 2, at: noon() },
        UserEvent::EmailChangeRequested {
            personal: email("alice@third.Example.com"),
            email_version: 3,
            at: noon(),
        },
        UserEvent::NoticeIssued { email_version: 3, at: noon() },
        UserEvent::EmailChangeDropped { email_version: 3 },
        UserEvent::EmailFlagged { confirmation: 1, email_version: 1, flag: MailFlag::Bounce },
        UserEvent::RolesChanged {
            added: vec![planned("admins"), planned("vault")],
            removed: vec![role("oncall")],
        },
        UserEvent::RoleUnlinked { role: role("engineer"), reason: UnlinkReason::Retired },
        UserEvent::LinkSkipped { role: role("vault") },
        UserEvent::Activated {},
        UserEvent::ExpiryScheduled { expires_at: Some(noon() + TimeDelta::days(30)) },
        UserEvent::ProvisioningCompensated { attempt: 1 },
        UserEvent::ConfirmationAttemptFailed { confirmation: 1 },
        UserEvent::ConfirmationBurned { confirmation: 1 },
        UserEvent::Deleted { epoch: epoch(4), at: noon() },
        UserEvent::Restored { epoch: epoch(5) },
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

/// Fixtures of older versions are read by way of the upcasters, which other tests see to.
#[test]
fn every_fixture_still_has_its_event() {
    let current: BTreeMap<&str, u32> =
        samples().iter().map(|event| (event.name(), event.event_version().parse().unwrap())).collect();
    let stored =
        fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let of_users = stored.filter(|name| name.ends_with(".json") && !is_of_another_aggregate(name));
    let is_orphan = |name: &String| {
        let (event, version) = name.trim_end_matches(".json").split_once('@').unwrap();
        current.get(event).is_none_or(|current| version.parse::<u32>().unwrap() > *current)
    };
    let orphans: Vec<String> = of_users.filter(is_orphan).collect();
    assert!(orphans.is_empty(), "{orphans:?} can no longer be read");
}

fn is_of_another_aggregate(fixture: &str) -> bool {
    ["role.", "tenant.", "webhook."].iter().any(|aggregate| fixture.starts_with(aggregate))
}

#[test]
fn personal_data_stands_only_in_the_events_that_introduce_it() {
    let introducing =
        ["user.created", "user.profile_changed", "user.email_changed", "user.email_change_requested"];
    for event in samples() {
        let mut json = serde_json::to_value(&event).unwrap();
        let body = json.get_mut(event.name()).unwrap().as_object_mut().unwrap();
        let personal = body.remove("personal");
        assert_eq!(personal.is_some(), introducing.contains(&event.name()), "{}", event.name());
        let rest = json.to_string();
        for datum in ["xample.com", "Liddell", "alice"] {
            assert!(!rest.contains(datum), "{datum} outside of the personal part of {}", event.name());
        }
    }
}
