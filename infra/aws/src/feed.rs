//! The table of the feed: which commits there are, by when they arrived. It holds no content.
//!
//! | attribute | |
//! |---|---|
//! | `pk` S | `{tenant}#{day}` |
//! | `sk` S | when it arrived, and which commits it is about |
//! | `ttl` N | when it may be forgotten, in seconds |

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    Client,
    types::{
        AttributeDefinition,
        AttributeValue::{self, N, S},
        BillingMode, KeySchemaElement, KeyType, PutRequest, ScalarAttributeType, WriteRequest,
    },
};
use chrono::{DateTime, Utc};
use futures_util::future::join_all;

use crate::{
    logs::chain,
    views::{ViewError, unavailable},
};

/// DynamoDB writes no more items at once.
const MOST_ITEMS: usize = 25;

/// The table. Cheap to clone.
#[derive(Clone, Debug)]
pub struct FeedTable {
    client: Client,
    table: String,
}

/// An item of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedItem {
    pub partition: String,
    pub sort: String,
    pub expires_at: DateTime<Utc>,
}

/// Items that may not have been written, by their places. The others were.
#[derive(Debug, thiserror::Error)]
#[error("{} items of the feed may not have been written: {reason}", places.len())]
pub struct NotWritten {
    pub places: Vec<usize>,
    pub reason: String,
}

impl FeedTable {
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into() }
    }

    /// Writes items of different keys, 25 in a request, the requests side by side. A write unit each.
    ///
    /// # Errors
    /// Names every item of which it is not known that it was written.
    pub async fn put(&self, items: &[FeedItem]) -> Result<(), NotWritten> {
        let batches = items.chunks(MOST_ITEMS).map(|batch| self.put_batch(batch));
        let written = join_all(batches).await.into_iter().enumerate();
        let failed = written.filter_map(|(number, written)| Some((number * MOST_ITEMS, written.err()?)));
        let all = failed.reduce(|(_, mut first), (begin, next)| {
            first.places.extend(next.places.iter().map(|place| begin + place));
            (0, first)
        });
        match all {
            None => Ok(()),
            Some((begin, NotWritten { places, reason })) => {
                Err(NotWritten { places: places.into_iter().map(|place| begin + place).collect(), reason })
            }
        }
    }

    async fn put_batch(&self, items: &[FeedItem]) -> Result<(), NotWritten> {
        let request = self.client.batch_write_item();
        let request = request.request_items(&self.table, items.iter().map(write).collect());
        let all = || (0..items.len()).collect();
        let answer = request.send().await;
        let answer = answer.map_err(|error| NotWritten { places: all(), reason: chain(&error) })?;
        let left: Vec<WriteRequest> =
            answer.unprocessed_items.into_iter().flatten().flat_map(|(_, requests)| requests).collect();
        let is_left = |item: &FeedItem| left.iter().any(|request| is_of(request, item));
        let places: Vec<usize> =
            items.iter().enumerate().filter(|(_, item)| is_left(item)).map(|(place, _)| place).collect();
        if places.is_empty() { Ok(()) } else { Err(NotWritten { places, reason: "throttled".into() }) }
    }

    /// The sort keys of a partition from `from` to `to`, both of them included, in order, at most `limit`, and
    /// whether there are more; strongly consistent. A read unit for every 4 KB, one at least.
    ///
    /// # Errors
    /// [`ViewError::Unavailable`].
    pub async fn between(
        &self,
        partition: &str,
        (from, to): (&str, &str),
        limit: usize,
    ) -> Result<(Vec<String>, bool), ViewError> {
        let query = self.client.query().table_name(&self.table).consistent_read(true);
        let query = query
            .key_condition_expression("pk = :pk AND sk BETWEEN :from AND :to")
            .expression_attribute_values(":pk", S(partition.into()))
            .expression_attribute_values(":from", S(from.into()))
            .expression_attribute_values(":to", S(to.into()))
            .limit(i32::try_from(limit).unwrap_or(i32::MAX));
        let answer = query.send().await.map_err(|error| unavailable(&error))?;
        let has_more = answer.last_evaluated_key.is_some();
        let sort = |mut item: HashMap<String, AttributeValue>| match item.remove("sk") {
            Some(S(sort)) => Some(sort),
            Some(_) | None => None,
        };
        Ok((answer.items.unwrap_or_default().into_iter().filter_map(sort).collect(), has_more))
    }
}

fn write(item: &FeedItem) -> WriteRequest {
    let put = PutRequest::builder()
        .item("pk", S(item.partition.clone()))
        .item("sk", S(item.sort.clone()))
        .item("ttl", N(item.expires_at.timestamp().to_string()));
    WriteRequest::builder().put_request(put.build().expect("the item is set")).build()
}

fn is_of(request: &WriteRequest, item: &FeedItem) -> bool {
    let put = request.put_request().map(PutRequest::item);
    let is =
        |name: &str, value: &str| put.and_then(|it| it.get(name)?.as_s().ok()).is_some_and(|it| it == value);
    is("pk", &item.partition) && is("sk", &item.sort)
}

/// Creates the table; one that exists is taken as it is. For the local stack and for tests: in production the
/// template does it, and has the table forget what is past its `ttl`.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn create_table(client: &Client, name: &str) -> Result<(), ViewError> {
    let mut request = client.create_table().table_name(name).billing_mode(BillingMode::PayPerRequest);
    for (attribute, role) in [("pk", KeyType::Hash), ("sk", KeyType::Range)] {
        let text = AttributeDefinition::builder().attribute_name(attribute);
        let text = text.attribute_type(ScalarAttributeType::S).build().expect("name and type are set");
        let key = KeySchemaElement::builder().attribute_name(attribute).key_type(role);
        request = request.attribute_definitions(text).key_schema(key.build().expect("name and type are set"));
    }
    match request.send().await {
        Ok(_) => Ok(()),
        Err(error) if error.as_service_error().is_some_and(|e| e.is_resource_in_use_exception()) => Ok(()),
        Err(error) => Err(unavailable(&error)),
    }
}
