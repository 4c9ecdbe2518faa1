use aws_sdk_dynamodb::{
    operation::query::paginator::QueryPaginator,
    types::{AttributeValue, ReturnConsumedCapacity},
};

use crate::{
    Commit, CorruptCommit, DynamoEventStore, StoreError, StreamId,
    cost::{Cost, Meter},
    sdk_error::classify,
};

impl DynamoEventStore {
    /// Hands the commits after `after` to `visit`, in order and without a hole, page by page, so that
    /// a long stream is never in memory as a whole. An error of `visit` ends the reading.
    pub(crate) async fn read<E: From<StoreError>>(
        &self,
        stream: &StreamId,
        after: u64,
        meter: &Meter,
        mut visit: impl FnMut(Commit) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut last = after;
        let mut pages = self.pages(stream, after).send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(classify)?;
            meter.add(Cost::of_read(page.consumed_capacity()));
            for item in page.items() {
                let commit = Commit::from_item(item).and_then(|commit| next(commit, last));
                let commit = commit.map_err(StoreError::from)?;
                last = commit.number;
                visit(commit)?;
            }
        }
        Ok(())
    }

    fn pages(&self, stream: &StreamId, after: u64) -> QueryPaginator {
        self.client
            .query()
            .table_name(&*self.table)
            .key_condition_expression("pk = :stream AND sk > :after")
            .expression_attribute_values(":stream", AttributeValue::S(stream.to_string()))
            .expression_attribute_values(":after", AttributeValue::N(after.to_string()))
            .consistent_read(true)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .into_paginator()
    }
}

fn next(commit: Commit, last: u64) -> Result<Commit, CorruptCommit> {
    if commit.number == last + 1 {
        return Ok(commit);
    }
    Err(commit.corrupt(format!("it follows commit {last}")))
}
