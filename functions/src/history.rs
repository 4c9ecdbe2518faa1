//! What has become of events that earlier releases recorded.

use std::sync::LazyLock;

use event_store::{BoxError, RecordedEvent, Upcasters};
use serde_json::{Value, json};

/// The one list, for everybody who reads events: commands, projections, the dispatcher. An event whose
/// stored shape changes gets a new version in `domain`, keeps its old fixture, and gets a rule here that
/// leads from the old version to the new one.
pub(crate) fn upcasters() -> &'static Upcasters {
    static UPCASTERS: LazyLock<Upcasters> = LazyLock::new(|| {
        Upcasters::default()
            // Roles were names. What they grant was not known yet, so these grant nothing.
            .replacing("user.created", "1", |mut event| {
                for role in roles(&mut event)? {
                    *role = json!({ "role": role.take() });
                }
                Ok(second("user.created", event))
            })
            // When it began was not told; the field may be absent.
            .replacing("provisioning.started", "1", |event| Ok(second("provisioning.started", event)))
            // It granted nothing, which is what an absent field says.
            .replacing("role.created", "1", |event| Ok(second("role.created", event)))
    });
    &UPCASTERS
}

fn roles(created: &mut Value) -> Result<&mut Vec<Value>, BoxError> {
    let roles = created.get_mut("user.created").and_then(|body| body.get_mut("roles")?.as_array_mut());
    roles.ok_or_else(|| "user.created@1 has no roles".into())
}

fn second(event_type: &str, payload: Value) -> Vec<RecordedEvent> {
    vec![RecordedEvent { event_type: event_type.into(), event_version: "2".into(), payload }]
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use chrono::DateTime;
    use domain::{role::RoleEvent, tenant::TenantEvent, user::UserEvent, webhook::WebhookEvent};
    use event_store::{Commit, Metadata, RecordedEvent, StreamId};

    use super::*;

    /// A commit of the event that a fixture holds, `{type}@{version}.json`.
    fn commit_of(fixture: &Path) -> Commit {
        let (event_type, event_version) =
            fixture.file_stem().unwrap().to_str().unwrap().split_once('@').unwrap();
        let event = RecordedEvent {
            event_type: event_type.into(),
            event_version: event_version.into(),
            payload: serde_json::from_str(&fs::read_to_string(fixture).unwrap()).unwrap(),
        };
        Commit {
            stream: StreamId::new("acme", "any", "1").unwrap(),
            number: 1,
            first_sequence: 1,
            at: DateTime::UNIX_EPOCH,
            events: vec![event],
            metadata: Metadata::default(),
            command_id: "command-1".into(),
            fingerprint: [0; 32],
            id: uuid::Uuid::nil(),
        }
    }

    #[test]
    fn every_event_that_was_ever_recorded_can_be_read() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../domain/fixtures");
        let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let fixtures: Vec<_> =
            files.filter(|file| file.extension().is_some_and(|kind| kind == "json")).collect();
        assert!(!fixtures.is_empty());
        for fixture in fixtures {
            let commit = commit_of(&fixture);
            let event_type = &commit.events[0].event_type;
            let read = match event_type.split_once('.').unwrap().0 {
                "role" => commit.decode::<RoleEvent>(upcasters()).map(drop),
                "webhook" => commit.decode::<WebhookEvent>(upcasters()).map(drop),
                "tenant" => commit.decode::<TenantEvent>(upcasters()).map(drop),
                "user" | "provisioning" | "confirmation" | "notice" => {
                    commit.decode::<UserEvent>(upcasters()).map(drop)
                }
                _ => panic!("whose event is {event_type}?"),
            };
            assert_eq!(read, Ok(()), "{}", fixture.display());
        }
    }
}
