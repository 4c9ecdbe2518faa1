use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use cqrs_es::Aggregate;

use crate::{Commit, Loaded, StoreError, StreamId, cost::Meter, position::Position};

/// An event store in one DynamoDB table, for any number of aggregate types. Cheap to clone.
///
/// The table is the one that [`create_table`](crate::create_table) makes.
#[derive(Clone, Debug)]
pub struct DynamoEventStore {
    pub(crate) client: Client,
    pub(crate) table: Arc<str>,
}

impl DynamoEventStore {
    /// A store in `table`. Reading needs no more; commands go through
    /// [`aggregates`](Self::aggregates).
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into().into() }
    }

    /// Folds a whole stream, strongly consistent. A stream that does not exist is an aggregate in its
    /// default state at commit 0.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when a commit is missing or cannot be read; otherwise the errors of
    /// talking to DynamoDB.
    pub async fn load<A: Aggregate>(&self, stream: &StreamId) -> Result<Loaded<A>, StoreError> {
        let meter = Meter::default();
        let mut position = Position::<A>::start();
        self.read(stream, 0, &meter, |commit| Ok::<_, StoreError>(position.advance(&commit)?)).await?;
        let Position { state, commit, sequence } = position;
        Ok(Loaded { state, commit, sequence, cost: meter.total() })
    }

    /// The commits of a stream that follow commit `after`, ascending, strongly consistent; 0 asks for
    /// all of them.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when a commit is missing or cannot be read; otherwise the errors of
    /// talking to DynamoDB.
    pub async fn commits_after(&self, stream: &StreamId, after: u64) -> Result<Vec<Commit>, StoreError> {
        let mut commits = Vec::new();
        let keep = |commit| {
            commits.push(commit);
            Ok::<_, StoreError>(())
        };
        self.read(stream, after, &Meter::default(), keep).await?;
        Ok(commits)
    }
}
