use std::{collections::BTreeSet, sync::Arc};

use aws_sdk_dynamodb::Client;

use crate::{Claim, ClaimKey, StoreError, StreamId, cost::Meter, roster};

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

    /// The stream that holds a claim, if any does: one strongly consistent read. A value is held from the
    /// commit that took it to the commit that released it.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when the claim's item names no stream; otherwise the errors of talking to
    /// DynamoDB.
    pub async fn holder(
        &self,
        key: &ClaimKey,
        tenant: &str,
        claim: &Claim,
    ) -> Result<Option<StreamId>, StoreError> {
        self.holder_at(&key.partition_key(tenant, claim), &Meter::default()).await
    }

    /// The ids of the streams that are members of a roster, whatever their aggregate type; none, if it has
    /// never had a member: one strongly consistent read.
    ///
    /// # Errors
    /// [`StoreError::InvalidRoster`] when there can be no roster of this name, and
    /// [`StoreError::InvalidStreamId`] when there can be no stream of this tenant;
    /// [`StoreError::Corrupt`] when the roster's item names no streams; otherwise the errors of talking to
    /// DynamoDB.
    pub async fn roster(&self, tenant: &str, name: &str) -> Result<BTreeSet<String>, StoreError> {
        let partition_key = roster::partition_key(tenant, name)?;
        let members = self.members_at(&partition_key, &Meter::default()).await?;
        Ok(members.iter().map(|member| member.id().to_owned()).collect())
    }
}
