use std::sync::{Mutex, PoisonError};

use cqrs_es::{Aggregate, CqrsFramework};
use uuid::Uuid;

use crate::{
    Aggregates, CommandContext, ExecuteError, Executed, StreamId,
    attempt::{Attempt, conclude},
    backoff::Backoff,
    cost::Meter,
    interruption::Setback,
    session::{Answer, Session},
};

impl<A> Aggregates<A>
where
    A: Aggregate + Clone,
    A::Command: Clone,
    A::Services: Clone,
{
    /// Carries out a command on the aggregate with this id: loads it, lets it decide, and commits
    /// its events, through cqrs-es's own framework.
    ///
    /// When another writer is faster, the command is decided again on what that writer left, up to
    /// twenty times. An execution that is dropped or ends in a retryable error may have committed;
    /// executing the same context again answers as that commit did.
    ///
    /// # Errors
    /// [`ExecuteError::Rejected`] when the aggregate refuses the command on a state that really was the
    /// stream's. [`ExecuteError::Store`] for everything else; nothing was written then, unless the
    /// error [is retryable](crate::StoreError::is_retryable).
    pub async fn execute(
        &self,
        id: &str,
        command: A::Command,
        services: &A::Services,
        context: &CommandContext,
    ) -> Result<Executed<A>, ExecuteError<A::Error>> {
        let execution = Execution {
            aggregates: self,
            stream: &StreamId::of::<A>(&context.tenant, id)?,
            context,
            services,
            commit_id: draw_commit_id(),
            meter: Meter::default(),
        };
        let (state, receipt) = execution.run(command).await?;
        Ok(Executed { state, receipt, cost: execution.meter.total() })
    }
}

/// What stays the same through all attempts at one command.
struct Execution<'a, A: Aggregate> {
    aggregates: &'a Aggregates<A>,
    stream: &'a StreamId,
    context: &'a CommandContext,
    services: &'a A::Services,
    commit_id: Uuid,
    meter: Meter,
}

impl<A> Execution<'_, A>
where
    A: Aggregate + Clone,
    A::Command: Clone,
    A::Services: Clone,
{
    async fn run(&self, command: A::Command) -> Result<Answer<A>, ExecuteError<A::Error>> {
        let mut assume_new = self.context.may_assume_new();
        let mut backoff = Backoff::new(self.commit_id);
        loop {
            match self.attempt(command.clone(), assume_new).await {
                // A refusal, or having nothing to record, means something only on a state that was read.
                Attempt::Rejected(_) if assume_new => assume_new = false,
                Attempt::Answered((_, receipt)) if assume_new && receipt.events == 0 => assume_new = false,
                Attempt::Answered(answer) => return Ok(answer),
                Attempt::Rejected(rejection) => return Err(ExecuteError::Rejected(rejection)),
                Attempt::Failed(error) => return Err(error.into()),
                Attempt::Again(setback) => {
                    // Only a commit in our place proves that the stream is not new.
                    assume_new &= setback != Setback::Overtaken;
                    backoff.pause(setback).await?;
                }
            }
        }
    }

    async fn attempt(&self, command: A::Command, assume_new: bool) -> Attempt<A> {
        let answer = Mutex::new(None);
        let session = Session {
            aggregates: self.aggregates,
            stream: self.stream,
            context: self.context,
            commit_id: self.commit_id,
            assume_new,
            meter: &self.meter,
            answer: &answer,
        };
        let framework = CqrsFramework::new(session, Vec::new(), self.services.clone());
        let result = framework.execute(self.stream.id(), command).await;
        // The session inside borrows the answer.
        drop(framework);
        conclude(result, answer.into_inner().unwrap_or_else(PoisonError::into_inner))
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place that draws commit ids; nothing is decided by them"
)]
fn draw_commit_id() -> Uuid {
    Uuid::new_v4()
}
