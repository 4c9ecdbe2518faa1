use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use aws_sdk_dynamodb::types::AttributeValue;
use cqrs_es::{Aggregate, AggregateContext, AggregateError, DomainEvent, EventEnvelope, EventStore};
use uuid::Uuid;

use crate::{
    Aggregates, CommandContext, Commit, RecordedEvent, StoreError, StreamId, attempt::Ending, cost::Meter,
    draft::Draft, envelope::envelopes, head::Head, item::Item, load::read, position::Position,
    relation::Relation, write::Outcome,
};

/// One attempt to carry out one command.
///
/// cqrs-es hands an [`EventStore`] no more than an aggregate's id, and takes nothing back but events.
/// So each attempt is an event store of its own: it knows the command's context and the position to decide
/// on, and keeps the answer.
pub(crate) struct Session<'a, A> {
    pub(crate) aggregates: &'a Aggregates<A>,
    pub(crate) stream: &'a StreamId,
    pub(crate) context: &'a CommandContext,
    /// Drawn before the first request, so that every try of the write carries the same.
    pub(crate) commit_id: Uuid,
    pub(crate) position: &'a Arc<Position<A>>,
    pub(crate) meter: &'a Meter,
    pub(crate) kept: &'a Mutex<Option<Ending<A>>>,
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

    async fn load_events(&self, _: &str) -> Result<Vec<EventEnvelope<A>>, AggregateError<A::Error>> {
        let failed = |error: StoreError| AggregateError::UnexpectedError(error.into());
        let commits = self.aggregates.store.commits_after(self.stream, 0).await.map_err(failed)?;
        let mut history = Vec::new();
        for commit in commits {
            let envelopes = envelopes(&commit, &self.aggregates.upcasters);
            history.extend(envelopes.map_err(|corrupt| failed(corrupt.into()))?);
        }
        Ok(history)
    }

    async fn load_aggregate(&self, _: &str) -> Result<Undecided<A>, AggregateError<A::Error>> {
        Ok(Undecided(self.position.state.clone()))
    }

    /// The framework calls this for no events, too. Its metadata is a map of strings; ours came with the
    /// context. It gets no events back: it would hand them to queries, of which there are none.
    async fn commit(
        &self,
        events: Vec<A::Event>,
        Undecided(state): Undecided<A>,
        _: HashMap<String, String>,
    ) -> Result<Vec<EventEnvelope<A>>, AggregateError<A::Error>> {
        let ending =
            if events.is_empty() { self.nothing_recorded() } else { self.record(&events, state).await };
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(ending);
        Ok(Vec::new())
    }
}

impl<A: Aggregate + Clone> Session<'_, A> {
    /// A `handle` that records nothing may still have touched its copy of the state, which is dropped.
    fn nothing_recorded(&self) -> Ending<A> {
        Ending::Answered((self.position.clone(), self.position.head.receipt_of_nothing(self.stream)))
    }

    async fn record(&self, events: &[A::Event], state: A) -> Ending<A> {
        self.try_record(events, state).await.unwrap_or_else(Ending::Failed)
    }

    async fn try_record(&self, events: &[A::Event], state: A) -> Result<Ending<A>, StoreError> {
        let claims = self.aggregates.claim_changes(self.stream, &self.position.state, &state);
        let draft = Draft { commit: self.commit_of(events)?, snapshot: self.snapshot(&state) };
        match self.aggregates.store.write(&draft, &claims, self.meter).await? {
            Outcome::Written { with_snapshot } => Ok(self.written(&draft.commit, state, with_snapshot)),
            Outcome::Occupied(None) => Ok(Ending::Overtaken(None)),
            Outcome::Occupied(Some(winner)) => self.meet(winner),
            Outcome::Again(setback) => Ok(Ending::Again(setback)),
        }
    }

    fn written(&self, commit: &Commit, state: A, with_snapshot: bool) -> Ending<A> {
        let mut position = self.position.followed_by(Head::of(commit), state);
        self.aggregates.arrived(&mut position, with_snapshot);
        let position = Arc::new(position);
        self.aggregates.remember(self.stream, &position);
        let receipt = position.head.receipt(self.stream, false);
        Ending::Answered((position, receipt))
    }

    /// Applies the commit that has our number. It may be our own: then a try whose answer was lost had
    /// landed, and the command must not be decided again.
    fn meet(&self, winner: Item) -> Result<Ending<A>, StoreError> {
        let mut position = Position::clone(self.position);
        self.aggregates.advance(self.stream, &mut position, &read(self.stream, winner)?)?;
        let relation = Relation::of(&position.head, self.commit_id, self.context)?;
        if relation == Relation::Foreign {
            return Ok(Ending::Overtaken(Some(position)));
        }
        let receipt = position.head.receipt(self.stream, relation == Relation::Repeated);
        Ok(Ending::Answered((Arc::new(position), receipt)))
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
    // serde's own words may quote the event, and an event may be personal.
    RecordedEvent::of(event).map_err(|_| StoreError::Refused {
        code: "NotSerializable".into(),
        message: format!("{} has no JSON form", event.event_type()),
    })
}
