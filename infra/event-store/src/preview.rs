use std::sync::Arc;

use cqrs_es::Aggregate;
use futures_util::future::join_all;

use crate::{
    Aggregates, CommandContext, Cost, ExecuteError, RecordedEvent, StoreError, change::Change, cost::Meter,
    execution::Execution, position::Position,
};

/// What a command would come to.
#[derive(Clone, PartialEq, Debug)]
pub struct Preview<A> {
    /// The aggregate after the command; for a command that was carried out already, as it was after that.
    pub state: A,
    /// What the command would record: nothing, if it was carried out already.
    pub events: Vec<RecordedEvent>,
    /// The number of the stream's last commit now; 0 when there is no such stream.
    pub commit: u64,
    /// Of the preview.
    pub cost: Cost,
}

impl<A> Aggregates<A>
where
    A: Aggregate + Clone,
    A::Services: Clone,
{
    /// What [`execute`](Self::execute) would record, decided in the same way, with nothing written.
    ///
    /// It stands on what the stream is now, whatever is remembered or assumed: it reads what is new, strongly
    /// consistent, and then looks at each claim that would be taken and each roster that would be left, all at
    /// once. It promises nothing: another command may come first, and then this one may come to something else.
    /// A command with [`expected_commit`](CommandContext::expected_commit) set to [`Preview::commit`] records
    /// these events or none; even so, a claim may be taken meanwhile, or a roster lose its other members.
    ///
    /// # Errors
    /// Those in which [`execute`](Self::execute) would end now. There is no other writer that could be faster.
    pub async fn preview(
        &self,
        id: &str,
        command: A::Command,
        services: &A::Services,
        context: &CommandContext,
    ) -> Result<Preview<A>, ExecuteError<A::Error>> {
        let execution = Execution::new(self, id, services, context)?;
        let known = self.remembered(&execution.stream).unwrap_or_else(|| Arc::new(Position::start()));
        let position = self.catch_up(&execution.stream, known, &execution.meter).await?;
        let (state, events) = execution.foresee(command, &position).await?;
        Ok(Preview { state, events, commit: position.commit(), cost: execution.meter.total() })
    }
}

impl<A> Execution<'_, A>
where
    A: Aggregate + Clone,
    A::Services: Clone,
{
    async fn foresee(
        &self,
        command: A::Command,
        position: &Arc<Position<A>>,
    ) -> Result<(A, Vec<RecordedEvent>), ExecuteError<A::Error>> {
        let remembered = position.window.commits_of(&self.context.command_id);
        // A create is recognised by the first commit, however long ago that was.
        let first = (self.context.assume_new && position.commit() > 0).then_some(1);
        if let Some((then, _)) = self.answered_by(remembered.chain(first), position).await? {
            return Ok((then.state.clone(), Vec::new()));
        }
        let Some(recording) = self.decide(command, position).await? else {
            return Ok((position.state.clone(), Vec::new()));
        };
        self.look_up(&recording.changes).await?;
        Ok((recording.state, recording.commit.events))
    }

    /// Asks of each change what the transaction would ask.
    async fn look_up(&self, changes: &[Change]) -> Result<(), StoreError> {
        let meter = Meter::default();
        let answers = join_all(changes.iter().map(|change| self.may(change, &meter))).await;
        // They were made at once, and not one after the other.
        let cost = meter.total();
        self.meter.add(Cost { round_trips: cost.round_trips.min(1), ..cost });
        answers.into_iter().collect()
    }

    async fn may(&self, change: &Change, meter: &Meter) -> Result<(), StoreError> {
        let store = &self.aggregates.store;
        match change {
            Change::Take(claim) => match store.holder_at(&claim.partition_key, meter).await? {
                Some(holder) if holder != self.stream => {
                    Err(StoreError::ClaimTaken { kind: claim.kind.to_owned() })
                }
                Some(_) | None => Ok(()),
            },
            Change::Leave(roster) => {
                let members = store.members_at(&roster.partition_key, meter).await?;
                if members.len() == 1 && members.contains(&self.stream) {
                    return Err(StoreError::LastMember { roster: roster.name.to_owned() });
                }
                Ok(())
            }
            Change::Release(_) | Change::Join(_) => Ok(()),
        }
    }
}
