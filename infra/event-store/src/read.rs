use std::vec;

use futures_util::stream::{Stream, try_unfold};

use crate::{
    Commit, DynamoEventStore, StoreError, StreamId,
    cost::Meter,
    item::Item,
    pages::{Order, Pages, Range},
    stored::Stored,
};

/// The number of no commit: further than any stream goes.
pub(crate) const NEWEST: u64 = u64::MAX;

impl DynamoEventStore {
    /// The commits of a stream that follow commit `after`, one by one, in order, strongly consistent; 0
    /// asks for all of them. A page is read when it is needed, so that a stream of any length takes the
    /// memory of one page. After an error there is nothing more.
    ///
    /// ```
    /// # use event_store::{DynamoEventStore, StoreError, StreamId};
    /// use futures_util::TryStreamExt as _;
    ///
    /// # async fn example(store: DynamoEventStore, stream: StreamId) -> Result<(), StoreError> {
    /// let mut commits = std::pin::pin!(store.commits(&stream, 0));
    /// while let Some(commit) = commits.try_next().await? {
    ///     println!("{} {}", commit.number, commit.at);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when a commit is missing or cannot be read; otherwise the errors of
    /// talking to DynamoDB.
    pub fn commits(
        &self,
        stream: &StreamId,
        after: u64,
    ) -> impl Stream<Item = Result<Commit, StoreError>> + Send + use<> {
        try_unfold(Forward::new(self, stream, after, NEWEST), async |mut forward| {
            let stored = forward.next(&Meter::default()).await?;
            Ok(stored.map(|stored| (stored.commit, forward)))
        })
    }

    /// The same commits all at once.
    ///
    /// # Errors
    /// As for [`commits`](Self::commits).
    pub async fn commits_after(&self, stream: &StreamId, after: u64) -> Result<Vec<Commit>, StoreError> {
        let mut forward = Forward::new(self, stream, after, NEWEST);
        let mut commits = Vec::new();
        while let Some(stored) = forward.next(&Meter::default()).await? {
            commits.push(stored.commit);
        }
        Ok(commits)
    }
}

/// Reads commits in order and without a hole.
pub(crate) struct Forward {
    pages: Pages,
    items: vec::IntoIter<Item>,
    last: u64,
}

impl Forward {
    pub(crate) fn new(store: &DynamoEventStore, stream: &StreamId, after: u64, upto: u64) -> Self {
        let range = Range { stream: stream.clone(), after, upto, order: Order::OldestFirst };
        Self { pages: Pages::new(store, range), items: Vec::new().into_iter(), last: after }
    }

    pub(crate) async fn next(&mut self, meter: &Meter) -> Result<Option<Stored>, StoreError> {
        while self.items.as_slice().is_empty() {
            match self.pages.next(meter).await? {
                Some(items) => self.items = items.into_iter(),
                None => return Ok(None),
            }
        }
        let Some(item) = self.items.next() else { return Ok(None) };
        let stored = Stored::from_item(item)?;
        if stored.commit.number != self.last + 1 {
            return Err(stored.commit.corrupt(format!("it follows commit {}", self.last)).into());
        }
        self.last = stored.commit.number;
        Ok(Some(stored))
    }
}
