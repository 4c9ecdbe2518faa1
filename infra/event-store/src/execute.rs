use std::sync::Arc;

use cqrs_es::Aggregate;

use crate::{
    Aggregates, CommandContext, ExecuteError, Executed, StoreError,
    attempt::{Answer, Attempt, Ending, needs_proof},
    backoff::Backoff,
    execution::Execution,
    ground::Ground,
    position::Position,
    setback::Setback,
};

impl<A> Aggregates<A>
where
    A: Aggregate + Clone,
    A::Command: Clone,
    A::Services: Clone,
{
    /// Carries out a command on the aggregate with this id: lets it decide, through cqrs-es's own framework,
    /// and commits its events.
    ///
    /// What the command is decided on is what is remembered of the aggregate, or nothing at all if the
    /// context assumes that it is new, or else what is read. When another writer is faster, the command is
    /// decided again on what that writer left; there are twenty attempts. An execution that is dropped or ends
    /// in a retryable error may have committed; executing the same context again answers as that commit did.
    /// Pauses need tokio's timer.
    ///
    /// # Errors
    /// [`ExecuteError::Rejected`] when the aggregate refuses the command on a state that really was the
    /// stream's. [`ExecuteError::Store`] for everything else; nothing was written then, unless the
    /// error [is retryable](StoreError::is_retryable), or the SDK repeated by itself a request that had
    /// landed, and the repetition was refused for another reason.
    pub async fn execute(
        &self,
        id: &str,
        command: A::Command,
        services: &A::Services,
        context: &CommandContext,
    ) -> Result<Executed<A>, ExecuteError<A::Error>> {
        let execution = Execution::new(self, id, services, context)?;
        let mut backoff = Backoff::new(execution.commit_id);
        let (position, receipt) = execution.run(command, &mut backoff).await?;
        let state = Arc::try_unwrap(position).map_or_else(|shared| shared.state.clone(), |own| own.state);
        Ok(Executed { state, receipt, cost: execution.meter.total(), retries: backoff.failed() })
    }
}

impl<A> Execution<'_, A>
where
    A: Aggregate + Clone,
    A::Command: Clone,
    A::Services: Clone,
{
    async fn run(
        &self,
        command: A::Command,
        backoff: &mut Backoff,
    ) -> Result<Answer<A>, ExecuteError<A::Error>> {
        let mut ground = self.first_ground().await?;
        let mut losses = 0;
        loop {
            let attempt = self.attempt(command.clone(), &ground.position).await;
            if ground.is_weak() && needs_proof::<A>(&attempt) {
                ground = self.proven(ground.position).await?;
                continue;
            }
            match attempt? {
                Ending::Answered(answer) => return Ok(answer),
                Ending::Again(setback) => backoff.pause(setback).await?,
                Ending::Overtaken(winner) => {
                    backoff.pause(Setback::Overtaken).await?;
                    losses += 1;
                    ground = self.after(ground, winner, losses).await?;
                }
            }
        }
    }

    async fn first_ground(&self) -> Result<Ground<A>, StoreError> {
        let start = || Arc::new(Position::start());
        match self.aggregates.remembered(&self.stream) {
            // A create that is repeated is recognised by the first commit, which comes back with the refusal.
            _ if self.context.assume_new => Ok(Ground::weak(start())),
            Some(position) => Ok(Ground::weak(position)),
            None => self.proven(start()).await,
        }
    }

    /// Reads what the table has beyond a position.
    async fn proven(&self, position: Arc<Position<A>>) -> Result<Ground<A>, StoreError> {
        Ok(Ground::strong(self.aggregates.catch_up(&self.stream, position, &self.meter).await?))
    }

    /// What to stand on after a commit of another writer, which came back with the refusal.
    ///
    /// A position that was read stays as good as it was: the winner was written after that. Yet there may be
    /// more than this one commit. Who lost twice reads, instead of running after them one by one.
    async fn after(
        &self,
        lost: Ground<A>,
        winner: Option<Arc<Position<A>>>,
        losses: u32,
    ) -> Result<Ground<A>, StoreError> {
        match winner {
            None => self.proven(lost.position).await,
            Some(position) if losses > 1 => self.proven(position).await,
            Some(position) => Ok(Ground { position, ..lost }),
        }
    }

    async fn attempt(&self, command: A::Command, position: &Arc<Position<A>>) -> Attempt<A> {
        let candidates = position.window.commits_of(&self.context.command_id);
        if let Some(answer) = self.answered_by(candidates, position).await? {
            return Ok(Ending::Answered(answer));
        }
        match self.decide(command, position).await? {
            None => {
                let receipt = position.head.receipt_of_nothing(&self.stream);
                Ok(Ending::Answered((position.clone(), receipt)))
            }
            Some(recording) => Ok(self.record(position, recording).await?),
        }
    }
}
