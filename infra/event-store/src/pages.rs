use std::collections::HashMap;

use aws_sdk_dynamodb::{
    operation::query::builders::QueryFluentBuilder,
    types::{AttributeValue, ReturnConsumedCapacity},
};

use crate::{
    DynamoEventStore, StoreError, StreamId,
    cost::{Cost, Meter},
    item::Item,
    sdk_error::classify,
};

/// Which commits of a stream are read, and in which direction.
#[derive(Clone, Debug)]
pub(crate) struct Range {
    pub(crate) stream: StreamId,
    /// Those that follow this one,
    pub(crate) after: u64,
    /// up to this one.
    pub(crate) upto: u64,
    pub(crate) order: Order,
    /// Which attributes; none for all of them.
    pub(crate) projection: Option<&'static str>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Order {
    OldestFirst,
    /// So many at a time, or fewer, if they are more than a megabyte.
    NewestFirst(u32),
}

/// The pages of a query, each read when it is asked for. Strongly consistent.
pub(crate) struct Pages {
    store: DynamoEventStore,
    range: Range,
    cursor: Cursor,
}

enum Cursor {
    Begin,
    After(HashMap<String, AttributeValue>),
    End,
}

impl Pages {
    pub(crate) fn new(store: &DynamoEventStore, range: Range) -> Self {
        let cursor = if range.after < range.upto { Cursor::Begin } else { Cursor::End };
        Self { store: store.clone(), range, cursor }
    }

    pub(crate) async fn next(&mut self, meter: &Meter) -> Result<Option<Vec<Item>>, StoreError> {
        let start = match std::mem::replace(&mut self.cursor, Cursor::End) {
            Cursor::Begin => None,
            Cursor::After(key) => Some(key),
            Cursor::End => return Ok(None),
        };
        let page = self.request().set_exclusive_start_key(start).send().await.map_err(classify)?;
        meter.add(Cost::of_read(page.consumed_capacity()));
        if let Some(key) = page.last_evaluated_key {
            self.cursor = Cursor::After(key);
        }
        Ok(Some(page.items.unwrap_or_default()))
    }

    fn request(&self) -> QueryFluentBuilder {
        let Range { stream, after, upto, order, projection } = &self.range;
        let request = self
            .store
            .client
            .query()
            .table_name(&*self.store.table)
            .key_condition_expression("pk = :stream AND sk BETWEEN :first AND :last")
            .expression_attribute_values(":stream", AttributeValue::S(stream.to_string()))
            .expression_attribute_values(":first", AttributeValue::N((after + 1).to_string()))
            .expression_attribute_values(":last", AttributeValue::N(upto.to_string()))
            .set_projection_expression(projection.map(str::to_owned))
            .consistent_read(true)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        match order {
            Order::OldestFirst => request,
            Order::NewestFirst(limit) => {
                request.scan_index_forward(false).limit(i32::try_from(*limit).unwrap_or(i32::MAX))
            }
        }
    }
}
