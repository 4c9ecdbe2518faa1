use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use cqrs_es::{Aggregate, AggregateContext, AggregateError, DomainEvent, EventEnvelope, EventStore};
use uuid::Uuid;

use crate::{
    Aggregates, CommandContext, Commit, Receipt, RecordedEvent, StoreError, StreamId,
    cost::Meter,
    envelope::envelopes,
    interruption::{Interruption, Setback},
    position::Position,
    relation::Relation,
    write::Outcome,
};

/// One attempt to carry out one command.
///
/// cqrs-es hands an [`EventStore`] no more than an aggregate's id, and takes nothing back but events.
/// So each attempt is an event store of its own: it knows the command's context, and keeps the answer.
pub(crate) struct Session<'a, A> {
    pub(crate) aggregates: &'a Aggregates<A>,
    pub(crate) stream: &'a StreamId,
    pub(crate) context: &'a CommandContext,
    /// Drawn before the first request, so that every try of the write carries the same.
    pub(crate) commit_id: Uuid,
    pub(crate) assume_new: bool,
    pub(crate) meter: &'a Meter,
    pub(crate) answer: &'a Mutex<Option<Answer<A>>>,
}

/// The state after the command, and its receipt.
pub(crate) type Answer<A> = (A, Receipt);

/// The aggregate while its command is decided. The state before is kept for comparing claims, and for
/// applying the winner's commit if another writer is faster.
pub(crate) struct Situation<A> {
    before: Position<A>,
    after: A,
}

impl<A: Aggregate> AggregateContext<A> for Situation<A> {
    fn aggregate(&mut self) -> &mut A {
        &mut self.after
    }
}

impl<A: Aggregate + Clone> EventStore<A> for Session<'_, A> {
    type AC = Situation<A>;

    async fn load_events(&self, _: &str) -> Result<Vec<EventEnvelope<A>>, AggregateError<A::Error>> {
        let commits =
            self.aggregates.store.commits_after(self.stream, 0).await.map_err(Interruption::from)?;
        let mut history = Vec::new();
        for commit in commits {
            let events = commit.decode().map_err(Interruption::from)?;
            history.extend(envelopes(&commit, events));
        }
        Ok(history)
    }

    async fn load_aggregate(&self, _: &str) -> Result<Situation<A>, AggregateError<A::Error>> {
        let before = if self.assume_new { Position::start() } else { self.catch_up().await? };
        self.check_expectation(before.commit)?;
        let after = before.state.clone();
        Ok(Situation { before, after })
    }

    /// The framework calls this for no events, too. Its metadata is a map of strings; ours came with
    /// the context.
    async fn commit(
        &self,
        events: Vec<A::Event>,
        situation: Situation<A>,
        _: HashMap<String, String>,
    ) -> Result<Vec<EventEnvelope<A>>, AggregateError<A::Error>> {
        let Situation { before, after } = situation;
        if events.is_empty() {
            self.keep(after, self.nothing_recorded(&before));
            return Ok(Vec::new());
        }
        let commit = self.draft(&events, &before)?;
        self.write(&commit, before, after).await?;
        Ok(envelopes(&commit, events).collect())
    }
}

impl<A: Aggregate + Clone> Session<'_, A> {
    /// Folds the stream to its end, unless it turns out to hold our own command already.
    async fn catch_up(&self) -> Result<Position<A>, Interruption> {
        let mut position = Position::start();
        let fold = |commit: Commit| self.meet(&commit, &mut position);
        self.aggregates.store.read(self.stream, 0, self.meter, fold).await?;
        Ok(position)
    }

    /// Applies a commit that is there already. If it is our own, the command is answered with the
    /// state as it was then, and must not be decided again.
    fn meet(&self, commit: &Commit, position: &mut Position<A>) -> Result<(), Interruption> {
        position.advance(commit)?;
        let relation = Relation::of(commit, self.commit_id, self.context);
        match relation {
            Relation::Foreign => Ok(()),
            Relation::Ours | Relation::Repeated => {
                self.keep(position.state.clone(), Receipt::of(commit, relation == Relation::Repeated));
                Err(Interruption::Answered)
            }
            Relation::Reused => Err(self.reused().into()),
        }
    }

    async fn write(&self, commit: &Commit, mut before: Position<A>, after: A) -> Result<(), Interruption> {
        let claims = self.aggregates.claim_changes(self.stream, &before.state, &after);
        match self.aggregates.store.write(commit, &claims, self.meter).await? {
            Outcome::Written => {
                self.keep(after, Receipt::of(commit, false));
                Ok(())
            }
            Outcome::Occupied(winner) => {
                winner.map_or(Ok(()), |winner| self.meet(&winner, &mut before))?;
                Err(Interruption::Again(Setback::Overtaken))
            }
            Outcome::Again(setback) => Err(Interruption::Again(setback)),
        }
    }

    fn draft(&self, events: &[A::Event], before: &Position<A>) -> Result<Commit, Interruption> {
        Ok(Commit {
            stream: self.stream.clone(),
            number: before.commit + 1,
            first_sequence: before.sequence + 1,
            at: self.context.at,
            events: events.iter().map(record).collect::<Result<_, _>>()?,
            metadata: self.context.metadata.clone(),
            command_id: self.context.command_id.clone(),
            fingerprint: self.context.fingerprint,
            id: self.commit_id,
        })
    }

    fn nothing_recorded(&self, before: &Position<A>) -> Receipt {
        Receipt {
            stream: self.stream.clone(),
            commit: before.commit,
            first_sequence: before.sequence + 1,
            events: 0,
            duplicate: false,
        }
    }

    fn keep(&self, state: A, receipt: Receipt) {
        *self.answer.lock().unwrap_or_else(PoisonError::into_inner) = Some((state, receipt));
    }

    fn check_expectation(&self, actual: u64) -> Result<(), Interruption> {
        match self.context.expected_commit {
            Some(expected) if expected != actual => {
                Err(StoreError::VersionMismatch { expected, actual }.into())
            }
            _ => Ok(()),
        }
    }

    fn reused(&self) -> StoreError {
        StoreError::CommandReused { command_id: self.context.command_id.clone() }
    }
}

fn record(event: &impl DomainEvent) -> Result<RecordedEvent, StoreError> {
    // serde's own words may quote the event, and an event may be personal.
    RecordedEvent::of(event).map_err(|_| StoreError::Refused {
        code: "NotSerializable".into(),
        message: format!("{} has no JSON form", event.event_type()),
    })
}
