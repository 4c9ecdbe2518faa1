use std::sync::Arc;

use aws_sdk_dynamodb::Client;

use crate::{
    Claim, ClaimKey, StoreError, StreamId,
    fields::Fields,
    item::{OWNER, PARTITION, SORT, number, text},
    sdk_error::classify,
};

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
        let partition_key = key.partition_key(tenant, claim);
        let request = self.client.get_item().table_name(&*self.table).consistent_read(true);
        let request = request.key(PARTITION, text(&partition_key)).key(SORT, number(0));
        let Some(item) = request.send().await.map_err(classify)?.item else { return Ok(None) };
        let owner = Fields(&item)
            .text(OWNER)
            .and_then(|owner| StreamId::parse(owner).map_err(|invalid| invalid.to_string()));
        owner.map(Some).map_err(|reason| StoreError::Corrupt { stream: partition_key, commit: 0, reason })
    }
}
