//! Looks at what stands beside the streams. Strongly consistent.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::ReturnConsumedCapacity;

use crate::{
    Cost, DynamoEventStore, StoreError, StreamId,
    cost::Meter,
    fields::Fields,
    item::{Item, MEMBERS, OWNER, PARTITION, SORT, number, text},
    sdk_error::classify,
};

impl DynamoEventStore {
    /// The stream that holds a claim.
    pub(crate) async fn holder_at(
        &self,
        partition_key: &str,
        meter: &Meter,
    ) -> Result<Option<StreamId>, StoreError> {
        let Some(item) = self.item_at(partition_key, meter).await? else { return Ok(None) };
        let holder = Fields(&item).text(OWNER).and_then(stream);
        holder.map(Some).map_err(|reason| corrupt(partition_key, reason))
    }

    /// The members of a roster.
    pub(crate) async fn members_at(
        &self,
        partition_key: &str,
        meter: &Meter,
    ) -> Result<BTreeSet<StreamId>, StoreError> {
        let Some(item) = self.item_at(partition_key, meter).await? else { return Ok(BTreeSet::new()) };
        let members = Fields(&item).text_set(MEMBERS);
        let members = members.and_then(|members| members.iter().map(|member| stream(member)).collect());
        members.map_err(|reason| corrupt(partition_key, reason))
    }

    async fn item_at(&self, partition_key: &str, meter: &Meter) -> Result<Option<Item>, StoreError> {
        let request = self
            .client
            .get_item()
            .table_name(&*self.table)
            .key(PARTITION, text(partition_key))
            .key(SORT, number(0))
            .consistent_read(true)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let answer = request.send().await.map_err(classify)?;
        meter.add(Cost::of_read(answer.consumed_capacity()));
        Ok(answer.item)
    }
}

fn stream(pk: &str) -> Result<StreamId, String> {
    StreamId::parse(pk).map_err(|invalid| invalid.to_string())
}

fn corrupt(partition_key: &str, reason: String) -> StoreError {
    StoreError::Corrupt { stream: partition_key.to_owned(), commit: 0, reason }
}
