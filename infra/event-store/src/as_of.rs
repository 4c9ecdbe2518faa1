use cqrs_es::Aggregate;

use crate::{Aggregates, Loaded, StoreError, StreamId, cost::Meter};

impl<A: Aggregate + Clone> Aggregates<A> {
    /// The aggregate as one of its commits left it, strongly consistent; as it is now, if the stream does not
    /// go so far, and in its default state at commit 0. A usable snapshot bounds what is read, as it does for
    /// [`load`](Self::load); nothing is remembered.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when a commit is missing or cannot be read; otherwise the errors of talking to
    /// DynamoDB.
    pub async fn load_as_of(&self, tenant: &str, id: &str, commit: u64) -> Result<Loaded<A>, StoreError> {
        let stream = StreamId::of::<A>(tenant, id)?;
        let meter = Meter::default();
        let position = self.as_of(&stream, commit, &meter).await?;
        Ok(Loaded {
            commit: position.commit(),
            sequence: position.head.next_sequence() - 1,
            state: position.state.clone(),
            cost: meter.total(),
        })
    }
}
