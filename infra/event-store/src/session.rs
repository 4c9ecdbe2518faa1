use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use aws_sdk_dynamodb::types::AttributeValue;
use cqrs_es::{Aggregate, AggregateContext, AggregateError, DomainEvent, EventEnvelope, EventStore};
use uuid::Uuid;

use crate::{
    Aggregates, CommandContext, Commit, RecordedEvent, StoreError, StreamId,
    decision::{Decision, Recording},
    draft::Draft,
    position::Position,
};

/// One decision of one command.
///
/// cqrs-es hands an [`EventStore`] no more than an aggregate's id, and takes nothing back but events.
/// So each decision is an event store of its own: it knows the command's context and the position to decide
/// on, and keeps what there is to write. It writes nothing: who only wants to know goes no further.
pub(crate) struct Session<'a, A> {
    pub(crate) aggregates: &'a Aggregates<A>,
    pub(crate) stream: &'a StreamId,
    pub(crate) context: &'a CommandContext,
    /// Drawn before the first request, so that every try of the write carries the same.
    pub(crate) commit_id: Uuid,
    pub(crate) position: &'a Arc<Position<A>>,
    pub(crate) kept: &'a Mutex<Option<Result<Decision<A>, StoreError>>>,
}

/// The aggregate while its command is decided.
pub(crate) struct Undecided<A>(A);

impl<A: Aggregate> AggregateContext<A> for Undecided<A> {
    fn aggregate(&mut self) -> &mut A {
        &mut self.0
    }
}

impl<A: Aggregate + Clone> EventStore<A> for Session<'_, A> {
    type AC = Undecided<A>;

    /// The framework never asks. History is read from the store, where it has its metadata.
    async fn load_events(&self, _: &str) -> Result<Vec<EventEnvelope<A>>, AggregateError<A::Error>> {
        Err(AggregateError::UnexpectedError("a session reads no history".into()))
    }

    async fn load_aggregate(&self, _: &str) -> Result<Undecided<A>, AggregateError<A::Error>> {
        Ok(Undecided(self.position.state.clone()))
    }

    /// The framework calls this for no events, too. Its metadata is a map of strings; ours came with the
    /// context. It gets no events back: it would hand them to queries, of which there are none.
    async fn commit(
        &self,
        events: Vec<A::Event>,
        _: Undecided<A>,
        _: HashMap<String, String>,
    ) -> Result<Vec<EventEnvelope<A>>, AggregateError<A::Error>> {
        let decision = if events.is_empty() { Ok(None) } else { self.recording(events).map(Some) };
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(decision);
        Ok(Vec::new())
    }
}

impl<A: Aggregate + Clone> Session<'_, A> {
    fn recording(&self, events: Vec<A::Event>) -> Result<Recording<A>, StoreError> {
        let commit = self.commit_of(&events)?;
        let state = self.state_after(events);
        let draft = Draft { commit, snapshot: self.snapshot(&state) };
        let item = draft.to_item()?;
        let changes = self.aggregates.changes(self.stream, &self.position.state, &state)?;
        Ok(Recording { commit: draft.commit, item, changes, state })
    }

    /// What everybody else will make of the events. The copy that `handle` worked on is dropped: it may have
    /// been changed in other ways than by events.
    fn state_after(&self, events: Vec<A::Event>) -> A {
        let mut state = self.position.state.clone();
        events.into_iter().for_each(|event| state.apply(event));
        state
    }

    fn commit_of(&self, events: &[A::Event]) -> Result<Commit, StoreError> {
        Ok(Commit {
            stream: self.stream.clone(),
            number: self.position.commit() + 1,
            first_sequence: self.position.head.next_sequence(),
            at: self.context.at,
            events: events.iter().map(record).collect::<Result<_, _>>()?,
            metadata: self.context.metadata.clone(),
            command_id: self.context.command_id.clone(),
            fingerprint: self.context.fingerprint,
            id: self.commit_id,
        })
    }

    fn snapshot(&self, state: &A) -> Option<AttributeValue> {
        let snapshots = self.aggregates.snapshots?;
        let is_due = snapshots.is_due(self.position.commit() + 1, self.position.snapshot);
        is_due.then(|| snapshots.take(state, &self.position.window))?
    }
}

fn record(event: &impl DomainEvent) -> Result<RecordedEvent, StoreError> {
    let invalid = |reason| StoreError::InvalidEvent { event_type: event.event_type(), reason };
    // serde's own words may quote the event, and an event may be personal.
    let recorded = RecordedEvent::of(event).map_err(|_| invalid("it has no JSON form"))?;
    if recorded.event_version.contains('@') {
        return Err(invalid("its version contains '@', which separates type and version"));
    }
    Ok(recorded)
}
