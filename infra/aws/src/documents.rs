//! Small documents of the system's own: replay jobs and how far they are, beside the rows of the read models (their
//! collections begin with `!`); imports, in a table for them alone.
//!
//! | attribute | |
//! |---|---|
//! | `pk` S, `sk` S | the collection, and the name in it |
//! | `r` N | the revision, from 1; every write is conditional on the one that was read |
//! | `j` S or B | the document, JSON; compressed (zstd) where documents are packed |
//! | `ttl` N | where documents are kept for a while: the second after which DynamoDB deletes it |

mod table;

use std::{borrow::Cow, collections::HashMap};

use aws_sdk_dynamodb::{
    Client,
    primitives::Blob,
    types::AttributeValue::{self, B, N, S},
};
use chrono::TimeDelta;
use serde::{Serialize, de::DeserializeOwned};

pub use table::create_table;

use crate::{
    clock::Clock,
    logs::chain,
    views::{ViewError, condition_failed},
};

/// What is packed may be so long as text. DynamoDB's items have 400 KB.
const TEXT_LIMIT: usize = 8 * 1024 * 1024;

/// Keeps documents in a table.
#[derive(Clone, Debug)]
pub struct Documents {
    client: Client,
    table: String,
    is_packed: bool,
    kept_for: Option<(TimeDelta, Clock)>,
}

/// A document as it was read or written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document<T> {
    pub name: String,
    pub revision: u64,
    pub content: T,
}

impl Documents {
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into(), is_packed: false, kept_for: None }
    }

    /// The same, whose documents DynamoDB deletes some time after they were written last.
    #[must_use]
    pub fn kept_for(self, time: TimeDelta, clock: Clock) -> Self {
        Self { kept_for: Some((time, clock)), ..self }
    }

    /// The same, whose documents are compressed: many names and addresses are a third as long then.
    #[must_use]
    pub fn packed(self) -> Self {
        Self { is_packed: true, ..self }
    }

    /// The document, read strongly, if there is one.
    ///
    /// # Errors
    /// [`ViewError::Unavailable`], [`ViewError::Unreadable`].
    pub async fn get<T: DeserializeOwned>(
        &self,
        collection: &str,
        name: &str,
    ) -> Result<Option<Document<T>>, ViewError> {
        let get = self.client.get_item().table_name(&self.table).consistent_read(true);
        let output = get.key("pk", S(collection.into())).key("sk", S(name.into())).send().await;
        output.map_err(|error| unavailable(&error))?.item.as_ref().map(read).transpose()
    }

    /// All documents of a collection by name, read strongly.
    ///
    /// # Errors
    /// [`ViewError::Unavailable`], [`ViewError::Unreadable`].
    pub async fn list<T: DeserializeOwned>(&self, collection: &str) -> Result<Vec<Document<T>>, ViewError> {
        let query = self.client.query().table_name(&self.table).consistent_read(true);
        let query = query
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", S(collection.into()));
        let items: Result<Vec<_>, _> = query.into_paginator().items().send().collect().await;
        items.map_err(|error| unavailable(&error))?.iter().map(read).collect()
    }

    /// So many documents whose names are within `names`, read strongly, by name or in the reverse order.
    ///
    /// # Errors
    /// [`ViewError::Unavailable`], [`ViewError::Unreadable`].
    pub async fn some<T: DeserializeOwned>(
        &self,
        collection: &str,
        names: (&str, &str),
        descending: bool,
        limit: i32,
    ) -> Result<Vec<Document<T>>, ViewError> {
        let query = self.client.query().table_name(&self.table).consistent_read(true).limit(limit);
        let query = query
            .key_condition_expression("pk = :pk AND sk BETWEEN :from AND :to")
            .expression_attribute_values(":pk", S(collection.into()))
            .expression_attribute_values(":from", S(names.0.into()))
            .expression_attribute_values(":to", S(names.1.into()));
        let output = query.scan_index_forward(!descending).send().await;
        output.map_err(|error| unavailable(&error))?.items().iter().map(read).collect()
    }

    /// The names of all documents that begin with `prefix`.
    ///
    /// # Errors
    /// [`ViewError::Unavailable`].
    pub async fn names(&self, collection: &str, prefix: &str) -> Result<Vec<String>, ViewError> {
        let query = self.client.query().table_name(&self.table).consistent_read(true);
        let query = query
            .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
            .expression_attribute_values(":pk", S(collection.into()))
            .expression_attribute_values(":prefix", S(prefix.into()))
            .projection_expression("sk");
        let items: Result<Vec<_>, _> = query.into_paginator().items().send().collect().await;
        let items = items.map_err(|error| unavailable(&error))?;
        Ok(items.iter().map(|item| text(item, "sk").into()).collect())
    }

    /// Deletes a document, whatever it is by now; one that is gone is no error.
    ///
    /// # Errors
    /// [`ViewError::Unavailable`].
    pub async fn remove(&self, collection: &str, name: &str) -> Result<(), ViewError> {
        let delete = self.client.delete_item().table_name(&self.table);
        let deleted = delete.key("pk", S(collection.into())).key("sk", S(name.into())).send().await;
        deleted.map(drop).map_err(|error| unavailable(&error))
    }

    /// Deletes a document, if it is still as it was read.
    ///
    /// # Errors
    /// [`ViewError::Changed`] when it is not; [`ViewError::Unavailable`].
    pub async fn remove_read<T>(&self, collection: &str, read: &Document<T>) -> Result<(), ViewError> {
        let delete = self.client.delete_item().table_name(&self.table);
        let delete = delete.key("pk", S(collection.into())).key("sk", S(read.name.clone()));
        let delete = delete
            .condition_expression("r = :read")
            .expression_attribute_values(":read", N(read.revision.to_string()));
        match delete.send().await {
            Ok(_) => Ok(()),
            Err(error) if condition_failed(&error) => Err(ViewError::Changed),
            Err(error) => Err(unavailable(&error)),
        }
    }

    /// Writes a document that is not there yet.
    ///
    /// # Errors
    /// [`ViewError::Changed`] when it is; [`ViewError::Unavailable`].
    pub async fn create<T: Serialize>(
        &self,
        collection: &str,
        name: &str,
        content: T,
    ) -> Result<Document<T>, ViewError> {
        self.put(collection, Document { name: name.into(), revision: 1, content }).await
    }

    /// Writes a document again, if it is still as it was read.
    ///
    /// # Errors
    /// [`ViewError::Changed`] when it is not; [`ViewError::Unavailable`].
    pub async fn replace<T: Serialize>(
        &self,
        collection: &str,
        read: Document<T>,
    ) -> Result<Document<T>, ViewError> {
        self.put(collection, Document { revision: read.revision + 1, ..read }).await
    }

    async fn put<T: Serialize>(
        &self,
        collection: &str,
        document: Document<T>,
    ) -> Result<Document<T>, ViewError> {
        let Document { name, revision, content } = &document;
        let json = serde_json::to_string(content)
            .map_err(|_| unreadable(collection, name, "the document has no JSON form"))?;
        let put = self.client.put_item().table_name(&self.table);
        let put = put.item("pk", S(collection.into())).item("sk", S(name.clone()));
        let put = put.item("r", N(revision.to_string())).item("j", self.content(json));
        let put = match &self.kept_for {
            Some((time, clock)) => put.item("ttl", N((clock.now() + *time).timestamp().to_string())),
            None => put,
        };
        let put = match revision - 1 {
            0 => put.condition_expression("attribute_not_exists(pk)"),
            read => put
                .condition_expression("r = :read")
                .expression_attribute_values(":read", N(read.to_string())),
        };
        match put.send().await {
            Ok(_) => Ok(document),
            Err(error) if condition_failed(&error) => Err(ViewError::Changed),
            Err(error) => Err(unavailable(&error)),
        }
    }

    fn content(&self, json: String) -> AttributeValue {
        if !self.is_packed {
            return S(json);
        }
        match zstd::bulk::compress(json.as_bytes(), zstd::DEFAULT_COMPRESSION_LEVEL) {
            Ok(packed) if packed.len() < json.len() => B(Blob::new(packed)),
            Ok(_) | Err(_) => S(json),
        }
    }
}

fn text<'a>(item: &'a HashMap<String, AttributeValue>, name: &str) -> &'a str {
    item.get(name).and_then(|value| value.as_s().ok()).map_or("", String::as_str)
}

fn read<T: DeserializeOwned>(item: &HashMap<String, AttributeValue>) -> Result<Document<T>, ViewError> {
    let revision = item.get("r").and_then(|r| r.as_n().ok()?.parse().ok());
    let content = item.get("j").and_then(unpacked).and_then(|json| serde_json::from_str(&json).ok());
    let (Some(revision), Some(content)) = (revision, content) else {
        return Err(unreadable(text(item, "pk"), text(item, "sk"), "it has another shape"));
    };
    Ok(Document { name: text(item, "sk").into(), revision, content })
}

fn unpacked(value: &AttributeValue) -> Option<Cow<'_, str>> {
    if let S(json) = value {
        return Some(json.into());
    }
    let json = zstd::bulk::decompress(value.as_b().ok()?.as_ref(), TEXT_LIMIT).ok()?;
    String::from_utf8(json).ok().map(Cow::Owned)
}

fn unreadable(collection: &str, name: &str, reason: &str) -> ViewError {
    ViewError::Unreadable { key: format!("{collection}/{name}"), reason: reason.into() }
}

fn unavailable(error: &dyn std::error::Error) -> ViewError {
    ViewError::Unavailable(chain(error))
}
