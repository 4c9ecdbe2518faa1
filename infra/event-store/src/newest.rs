use crate::{
    Commit, DynamoEventStore, StoreError, StreamId,
    cost::Meter,
    pages::{Order, Range},
    read::Items,
};

impl DynamoEventStore {
    /// The newest commits of a stream among those that follow commit `after` and go up to commit `upto`, at
    /// most `limit` of them, newest first, strongly consistent. With `upto` at [`u64::MAX`] they are the end of
    /// the stream. What is read is what is answered, and one item more at most: a stream of any length costs no
    /// more than its last few commits.
    ///
    /// ```
    /// # use event_store::{DynamoEventStore, StoreError, StreamId};
    /// # async fn example(store: DynamoEventStore, stream: StreamId) -> Result<(), StoreError> {
    /// let last_ten = store.newest_commits(&stream, 0, u64::MAX, 10).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when a commit is missing or cannot be read; otherwise the errors of talking to
    /// DynamoDB.
    pub async fn newest_commits(
        &self,
        stream: &StreamId,
        after: u64,
        upto: u64,
        limit: u32,
    ) -> Result<Vec<Commit>, StoreError> {
        let order = Order::NewestFirst(limit.max(1));
        let range = Range { stream: stream.clone(), after, upto, order, projection: None };
        let (mut items, mut commits) = (Items::new(self, range), Vec::<Commit>::new());
        while commits.len() < limit as usize
            && let Some(item) = items.next(&Meter::default()).await?
        {
            let commit = Commit::from_item(&item)?;
            follows(commit.number, commits.last())?;
            commits.push(commit);
        }
        if commits.len() < limit as usize {
            follows(after, commits.last())?;
        }
        Ok(commits)
    }
}

/// Whether `next` is what comes right after commit `number`, if anything does.
fn follows(number: u64, next: Option<&Commit>) -> Result<(), StoreError> {
    match next {
        Some(next) if next.number != number + 1 => {
            Err(next.corrupt(format!("it follows commit {number}")).into())
        }
        Some(_) | None => Ok(()),
    }
}
