use std::collections::HashMap;

use cqrs_es::{Aggregate, EventEnvelope};

use crate::{Commit, CorruptCommit, Metadata, Upcasters};

/// The events of a commit in the form that cqrs-es's queries and views take.
pub(crate) fn envelopes<A: Aggregate>(
    commit: &Commit,
    upcasters: &Upcasters,
) -> Result<Vec<EventEnvelope<A>>, CorruptCommit> {
    let metadata = metadata(&commit.metadata);
    let envelope = |(sequence, payload)| EventEnvelope {
        aggregate_id: commit.stream.id().to_owned(),
        sequence: usize::try_from(sequence).expect("a stream has fewer events than memory has bytes"),
        payload,
        metadata: metadata.clone(),
    };
    Ok(commit.numbered(upcasters)?.into_iter().map(envelope).collect())
}

fn metadata(metadata: &Metadata) -> HashMap<String, String> {
    let always = [("actor", &metadata.actor), ("correlation_id", &metadata.correlation_id)];
    let sometimes = [("causation_id", &metadata.causation_id), ("traceparent", &metadata.traceparent)];
    let sometimes = sometimes.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?)));
    always.into_iter().chain(sometimes).map(|(name, value)| (name.to_owned(), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use cqrs_es::{DomainEvent, event_sink::EventSink};
    use serde::{Deserialize, Serialize};
    use uuid::Uuid;

    use super::*;
    use crate::{RecordedEvent, StreamId};

    #[derive(Debug, Default, Serialize, Deserialize)]
    struct Tally;

    #[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
    struct Counted(u64);

    impl DomainEvent for Counted {
        fn event_type(&self) -> String {
            "counted".into()
        }

        fn event_version(&self) -> String {
            "1".into()
        }
    }

    impl Aggregate for Tally {
        const TYPE: &'static str = "Tally";
        type Command = ();
        type Event = Counted;
        type Error = std::convert::Infallible;
        type Services = ();

        async fn handle(&mut self, (): (), (): &(), _: &EventSink<Self>) -> Result<(), Self::Error> {
            Ok(())
        }

        fn apply(&mut self, _: Counted) {}
    }

    #[test]
    fn an_envelope_holds_the_place_of_its_event_and_the_metadata_of_its_commit() {
        let events = [Counted(1), Counted(2)];
        let commit = Commit {
            stream: StreamId::of::<Tally>("acme", "42").unwrap(),
            number: 3,
            first_sequence: 7,
            at: DateTime::UNIX_EPOCH,
            events: events.iter().map(|event| RecordedEvent::of(event).unwrap()).collect(),
            metadata: Metadata { actor: "teller".into(), correlation_id: "r".into(), ..Metadata::default() },
            command_id: "command-1".into(),
            fingerprint: [0; 32],
            id: Uuid::nil(),
        };
        let [first, second] = envelopes::<Tally>(&commit, &Upcasters::default()).unwrap().try_into().unwrap();
        assert_eq!((first.aggregate_id.as_str(), first.sequence, first.payload), ("42", 7, Counted(1)));
        assert_eq!((second.sequence, second.payload), (8, Counted(2)));
        let expected = [("actor", "teller"), ("correlation_id", "r")];
        assert_eq!(second.metadata, expected.map(|(name, value)| (name.into(), value.into())).into());
    }
}
