use std::sync::{Arc, Mutex, PoisonError};

use cqrs_es::{Aggregate, CqrsFramework};
use uuid::Uuid;

use crate::{
    Aggregates, CommandContext, ExecuteError, StoreError, StreamId,
    attempt::Answer,
    cost::Meter,
    decision::{Decision, conclude},
    position::Position,
    relation::Relation,
    session::Session,
};

/// What stays the same through all attempts at one command.
pub(crate) struct Execution<'a, A: Aggregate> {
    pub(crate) aggregates: &'a Aggregates<A>,
    pub(crate) stream: StreamId,
    pub(crate) context: &'a CommandContext,
    pub(crate) services: &'a A::Services,
    pub(crate) commit_id: Uuid,
    pub(crate) meter: Meter,
}

impl<'a, A> Execution<'a, A>
where
    A: Aggregate + Clone,
    A::Services: Clone,
{
    pub(crate) fn new(
        aggregates: &'a Aggregates<A>,
        id: &str,
        services: &'a A::Services,
        context: &'a CommandContext,
    ) -> Result<Self, StoreError> {
        if context.command_id.is_empty() {
            return Err(StoreError::NoCommandId);
        }
        let stream = StreamId::of::<A>(&context.tenant, id)?;
        let (commit_id, meter) = (draw_commit_id(), Meter::default());
        Ok(Self { aggregates, stream, context, services, commit_id, meter })
    }

    /// The first answer, if one of these commits carried out the command.
    pub(crate) async fn answered_by(
        &self,
        commits: impl Iterator<Item = u64>,
        position: &Arc<Position<A>>,
    ) -> Result<Option<Answer<A>>, StoreError> {
        for commit in commits {
            let then = if commit == position.commit() {
                position.clone()
            } else {
                self.aggregates.as_of(&self.stream, commit, &self.meter).await?
            };
            let relation = Relation::of(&then.head, self.commit_id, self.context)?;
            if relation != Relation::Foreign {
                let receipt = then.head.receipt(&self.stream, relation == Relation::Repeated);
                return Ok(Some((then, receipt)));
            }
        }
        Ok(None)
    }

    /// Lets the command be decided, if the stream stands where it is expected. Nothing is written.
    pub(crate) async fn decide(
        &self,
        command: A::Command,
        position: &Arc<Position<A>>,
    ) -> Result<Decision<A>, ExecuteError<A::Error>> {
        let actual = position.commit();
        if let Some(expected) = self.context.expected_commit.filter(|expected| *expected != actual) {
            return Err(StoreError::VersionMismatch { expected, actual }.into());
        }
        let kept = Mutex::new(None);
        let session = Session {
            aggregates: self.aggregates,
            stream: &self.stream,
            context: self.context,
            commit_id: self.commit_id,
            position,
            kept: &kept,
        };
        let framework = CqrsFramework::new(session, Vec::new(), self.services.clone());
        let result = framework.execute(self.stream.id(), command).await;
        // The session inside borrows what is kept.
        drop(framework);
        conclude::<A>(result, kept.into_inner().unwrap_or_else(PoisonError::into_inner))
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place that draws commit ids; nothing is decided by them"
)]
fn draw_commit_id() -> Uuid {
    Uuid::new_v4()
}
