use std::sync::Arc;

use cqrs_es::Aggregate;

use crate::{
    Commit, StoreError, attempt::Ending, decision::Recording, execution::Execution, head::Head, item::Item,
    load::read, position::Position, relation::Relation, write::Outcome,
};

impl<A: Aggregate + Clone> Execution<'_, A> {
    /// Writes what was decided on a position.
    pub(crate) async fn record(
        &self,
        position: &Position<A>,
        recording: Recording<A>,
    ) -> Result<Ending<A>, StoreError> {
        let Recording { commit, item, changes, state } = recording;
        match self.aggregates.store.write(&self.stream, item, changes, &self.meter).await? {
            Outcome::Written { with_snapshot } => Ok(self.written(position, &commit, state, with_snapshot)),
            Outcome::Occupied(None) => Ok(Ending::Overtaken(None)),
            Outcome::Occupied(Some(winner)) => self.meet(position, winner),
            Outcome::Again(setback) => Ok(Ending::Again(setback)),
        }
    }

    fn written(&self, before: &Position<A>, commit: &Commit, state: A, with_snapshot: bool) -> Ending<A> {
        let mut position = before.followed_by(Head::of(commit), state);
        self.aggregates.arrived(&mut position, with_snapshot);
        let position = Arc::new(position);
        self.aggregates.remember(&self.stream, &position);
        let receipt = position.head.receipt(&self.stream, false);
        Ending::Answered((position, receipt))
    }

    /// Applies the commit that has our number. It may be our own: then a try whose answer was lost had
    /// landed, and the command must not be decided again.
    fn meet(&self, before: &Position<A>, winner: Item) -> Result<Ending<A>, StoreError> {
        let mut position = before.clone();
        self.aggregates.advance(&self.stream, &mut position, &read(&self.stream, winner)?)?;
        let position = Arc::new(position);
        self.aggregates.remember(&self.stream, &position);
        let relation = Relation::of(&position.head, self.commit_id, self.context)?;
        if relation == Relation::Foreign {
            return Ok(Ending::Overtaken(Some(position)));
        }
        let receipt = position.head.receipt(&self.stream, relation == Relation::Repeated);
        Ok(Ending::Answered((position, receipt)))
    }
}
