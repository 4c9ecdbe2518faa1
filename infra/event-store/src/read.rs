use std::vec;

use futures_util::stream::{Stream, try_unfold};

use crate::{
    Commit, DynamoEventStore, StoreError, StreamId,
    cost::Meter,
    item::Item,
    pages::{Order, Pages, Range},
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
        try_unfold(Commits::new(self, stream, after), async |mut commits| {
            let commit = commits.next().await?;
            Ok(commit.map(|commit| (commit, commits)))
        })
    }

    /// The same commits all at once.
    ///
    /// # Errors
    /// As for [`commits`](Self::commits).
    pub async fn commits_after(&self, stream: &StreamId, after: u64) -> Result<Vec<Commit>, StoreError> {
        let mut reader = Commits::new(self, stream, after);
        let mut commits = Vec::new();
        while let Some(commit) = reader.next().await? {
            commits.push(commit);
        }
        Ok(commits)
    }
}

/// Reads whole commits in order and without a hole.
struct Commits {
    items: Items,
    last: u64,
}

impl Commits {
    fn new(store: &DynamoEventStore, stream: &StreamId, after: u64) -> Self {
        let order = Order::OldestFirst;
        let range = Range { stream: stream.clone(), after, upto: NEWEST, order, projection: None };
        Self { items: Items::new(store, range), last: after }
    }

    async fn next(&mut self) -> Result<Option<Commit>, StoreError> {
        let Some(item) = self.items.next(&Meter::default()).await? else { return Ok(None) };
        let commit = Commit::from_item(&item)?;
        if commit.number != self.last + 1 {
            return Err(commit.corrupt(format!("it follows commit {}", self.last)).into());
        }
        self.last = commit.number;
        Ok(Some(commit))
    }
}

/// The items of all pages, one by one.
pub(crate) struct Items {
    pages: Pages,
    page: vec::IntoIter<Item>,
}

impl Items {
    pub(crate) fn new(store: &DynamoEventStore, range: Range) -> Self {
        Self { pages: Pages::new(store, range), page: Vec::new().into_iter() }
    }

    pub(crate) async fn next(&mut self, meter: &Meter) -> Result<Option<Item>, StoreError> {
        loop {
            if let Some(item) = self.page.next() {
                return Ok(Some(item));
            }
            match self.pages.next(meter).await? {
                Some(page) => self.page = page.into_iter(),
                None => return Ok(None),
            }
        }
    }
}
