//! The least that any store could do that writes one item per command.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use aws_sdk_dynamodb::{
    Client,
    operation::query::QueryOutput,
    primitives::Blob,
    types::{AttributeValue, ScalarAttributeType, Select},
};

use super::{Answer, Contender, Running, SNAPSHOT_EVERY, words};
use crate::engine::create_table;
use benches::account::{Command, notes};

const TABLE: &str = "commits";

/// Writes the events of a command as one item, on condition that nobody was faster. It knows nothing
/// of metadata, command ids, states or refusals.
pub(crate) struct Floor {
    client: Client,
    /// The last commit of each stream, as a warm store has it; without it every update reads first.
    known: Option<Mutex<HashMap<String, u64>>>,
    /// What else stands in an item: nothing, or what our store has there, for telling the price of the
    /// item from that of the store.
    beside: Vec<(&'static str, AttributeValue)>,
}

impl Floor {
    pub(super) async fn writing(client: Client) -> Self {
        Self { known: Some(Mutex::default()), ..Self::reading(client).await }
    }

    pub(super) fn with_our_items(self) -> Self {
        Self { beside: beside(), ..self }
    }

    pub(super) async fn reading(client: Client) -> Self {
        create_table(&client, TABLE, &[("pk", ScalarAttributeType::S), ("sk", ScalarAttributeType::N)]).await;
        Self { client, known: None, beside: Vec::new() }
    }

    async fn last(&self, id: &str) -> Result<u64, String> {
        match &self.known {
            Some(known) => {
                Ok(known.lock().unwrap_or_else(PoisonError::into_inner).get(id).copied().unwrap_or(0))
            }
            None => self.read_last(id).await,
        }
    }

    /// Reads as many items as a store needs that has a snapshot in every so many.
    async fn read_last(&self, id: &str) -> Result<u64, String> {
        let request = self.query(id).scan_index_forward(false).limit(SNAPSHOT_EVERY.get().cast_signed());
        let projection = (!self.beside.is_empty()).then(|| PROJECTION.to_owned());
        let request = request.set_projection_expression(projection);
        let page: QueryOutput = request.send().await.map_err(|error| words(&error))?;
        let newest = page.items().first().and_then(|item| item["sk"].as_n().ok()?.parse().ok());
        Ok(newest.unwrap_or(0))
    }

    fn query(&self, id: &str) -> aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder {
        let stream = AttributeValue::S(id.to_owned());
        self.client
            .query()
            .table_name(TABLE)
            .key_condition_expression("pk = :stream")
            .expression_attribute_values(":stream", stream)
            .consistent_read(true)
    }

    async fn append(&self, id: &str, number: u64, command: Command) -> Result<(), String> {
        let events = serde_json::to_string(&command.events()).expect("events have a JSON form");
        let beside = self.beside.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        self.client
            .put_item()
            .table_name(TABLE)
            .set_item(Some(beside.collect()))
            .item("pk", AttributeValue::S(id.to_owned()))
            .item("sk", AttributeValue::N(number.to_string()))
            .item("e", AttributeValue::S(events))
            .condition_expression("attribute_not_exists(pk)")
            .send()
            .await
            .map_err(|error| words(&error))?;
        if let Some(known) = &self.known {
            known.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned(), number);
        }
        Ok(())
    }
}

/// What our store reads of its items.
const PROJECTION: &str = "sk, s, t, e, u, c, z";

/// The attributes of our store besides keys and events, with values as long as in the other rows.
fn beside() -> Vec<(&'static str, AttributeValue)> {
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let bytes = |count| AttributeValue::B(Blob::new(vec![7; count]));
    let map = |entries: [(&str, AttributeValue); 2]| {
        AttributeValue::M(entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    };
    vec![
        ("k", text("c")),
        ("t", AttributeValue::L(vec![text("account.noted@1")])),
        ("s", AttributeValue::N("12".into())),
        ("ts", AttributeValue::N("1795132800000".into())),
        ("m", map([("a", text("teller")), ("r", text("request-1"))])),
        ("u", bytes(16)),
        ("c", map([("i", text("command-1234")), ("h", bytes(32))])),
    ]
}

impl Contender for Floor {
    fn carry_out<'a>(&'a self, id: &'a str, command: Command) -> Running<'a, Answer> {
        Box::pin(async move {
            let last = if command.creates() { 0 } else { self.last(id).await? };
            self.append(id, last + 1, command).await?;
            Ok(None)
        })
    }

    fn recorded<'a>(&'a self, id: &'a str) -> Running<'a, usize> {
        Box::pin(async move {
            let count = self.query(id).select(Select::Count).send().await.expect("items can be counted");
            usize::try_from(count.count()).expect("a count is not negative")
        })
    }

    fn lengthen<'a>(&'a self, id: &'a str, items: usize) -> Running<'a, ()> {
        Box::pin(async move {
            let last = self.last(id).await.expect("the stream can be read");
            for number in (last + 1..).take(items) {
                self.append(id, number, notes(1)).await.expect("an item can be written");
            }
        })
    }
}
